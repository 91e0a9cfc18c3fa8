"""How a tenant sells: its name on receipts, what prices mean, ways to pay, rates of the day."""

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from ..accounts.kinds import currency
from ..accounts.routes.workspace import currency_names
from ..db import db
from ..events import commit
from ..forms import filled, redraw
from ..tenancy import current_tenant, public_link
from ..web import Invalid, Kind, Unfit, checkbox, clean, integer, permitted, read, text
from .blueprint import bp
from .models import Rate, ShopSettings
from .models.rate import today
from .money import rate

Errors = dict[str, str] | None
FIELDS = ("seller", "prices_include_tax", "invoice_days", "receipt_years", "portal_open", "on_account")
SECRETS = ("stripe_key", "stripe_webhook_secret")
RATES_SHOWN = 30


@bp.get("/settings/sales")
@permitted("settings.edit")
def sales_settings(errors: Errors = None) -> Any:
    shop = ShopSettings.here()
    form = filled(**{name: getattr(shop, name) for name in FIELDS}, currency="", day=today().isoformat(), rate="")
    query = select(Rate).where(Rate.base == current_tenant.currency).order_by(Rate.day.desc(), Rate.currency)
    rates = db.session.scalars(query.limit(RATES_SHOWN)).all()
    others = [pair for pair in currency_names() if pair[0] != current_tenant.currency]
    return render_template("settings/sales.html", form=form, errors=errors, rates=rates, currencies=others, shop=shop,
                           hook=public_link("payments.hear_stripe"))  # fmt: skip


@bp.post("/settings/sales")
@permitted("settings.edit")
@redraw(sales_settings)
def save_sales_settings() -> Any:
    shop, fields = ShopSettings.here().save(), read_settings()
    keep_secrets(shop, fields)
    for name in FIELDS:
        setattr(shop, name, fields[name])
    commit()
    return kept()


def read_settings() -> dict[str, Any]:
    return read(seller=text(max=1_000, optional=True), prices_include_tax=checkbox(), portal_open=checkbox(),
                on_account=checkbox(), invoice_days=integer(0, 365), receipt_years=integer(1, 100),
                **{name: text(max=300, optional=True, lines=False) for name in SECRETS})  # fmt: skip


def keep_secrets(shop: ShopSettings, fields: dict[str, Any]) -> None:
    """An empty field leaves what is there, “-” removes it: what is kept is never shown."""
    for name in SECRETS:
        typed = fields.pop(name)
        if typed:
            shop.keep_secret(name, "" if typed == "-" else typed)


@bp.post("/settings/sales/rates")
@permitted("settings.edit")
@redraw(sales_settings)
def keep_rate() -> Any:
    fields = read(currency=currency(), day=day(), rate=rate())
    if fields["currency"] == current_tenant.currency:
        raise Invalid({"currency": _("This is your own currency: it needs no rate.")})
    Rate.keep(**fields)
    commit()
    return kept()


def day() -> Kind:
    """A day such as 2026-05-01, up to today."""

    def kind(value: Any) -> date:
        try:
            chosen = date.fromisoformat(clean(value or "", 10))
        except ValueError:
            raise Unfit(_("Choose a day.")) from None
        if chosen.year < 2000 or chosen > today():
            raise Unfit(_("Choose a day up to today."))
        return chosen

    return kind


def kept() -> Any:
    flash(_("Saved."), "good")
    return redirect(url_for(".sales_settings"), 303)
