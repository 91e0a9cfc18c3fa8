"""The tenant's own settings."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from ...events import commit
from ...forms import filled, redraw
from ...locale import LANGUAGES
from ...tenancy import current_tenant, forget_cached_tenant
from ...web import choice, choices, integer, permitted, read, read_query, text
from ..colours import ENOUGH, contrast_with_white
from ..kinds import colour, currencies, currency, language_names, time_zone, zone_names
from ..tenants import change_tenant
from . import bp

LONGEST_DELAY = 7 * 24 * 60
FIELDS = ("name", "accent", "language", "languages", "time_zone", "currency", "rating_delay_minutes")


@bp.get("/settings")
@permitted("settings.edit")
def settings(errors: dict[str, str] | None = None) -> Any:
    form = filled(**{name: getattr(current_tenant, name) for name in FIELDS})
    lists = {"all_languages": language_names(), "zones": zone_names(str(get_locale())), "currencies": currency_names()}
    shown = {"form": form, "errors": errors, "ratio": contrast_with_white(current_tenant.accent), "enough": ENOUGH}
    return render_template("settings/workspace.html", **shown, **lists)


@bp.post("/settings")
@permitted("settings.edit")
@redraw(settings)
def update_settings() -> Any:
    fields = read(
        name=text(max=100, lines=False), accent=colour(), language=choice(*LANGUAGES), languages=choices(*LANGUAGES),
        time_zone=time_zone(), currency=currency(), rating_delay_minutes=integer(0, LONGEST_DELAY),
    )  # fmt: skip
    fields["languages"] = [code for code in LANGUAGES if code in [*fields["languages"], fields["language"]]]
    change_tenant(**fields)
    return settled("accounts.settings")


@bp.get("/settings/contrast")
@permitted("settings.edit")
def contrast() -> Any:
    """How well the chosen colour carries words, while choosing."""
    ratio = contrast_with_white(read_query(accent=colour())["accent"])
    return render_template("settings/_contrast.html", ratio=ratio, enough=ENOUGH)


def currency_names() -> list[tuple[str, str]]:
    from babel.numbers import get_currency_name

    return [(code, f"{code} – {get_currency_name(code, locale=get_locale())}") for code in currencies()]


def settled(endpoint: str) -> Any:
    """Commit a change of the tenant's row, here and now in this process and within two seconds in the others."""
    commit()
    forget_cached_tenant()
    flash(_("Saved."), "good")
    return redirect(url_for(endpoint), 303)
