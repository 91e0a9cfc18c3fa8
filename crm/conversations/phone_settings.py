"""Settings of the telephone: where exchanges tell of calls, with which secrets, and who is rung at which number."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ..accounts.models import Department, Employee
from ..accounts.tenants import change_tenant
from ..customers.kinds import country, country_names
from ..db import db
from ..events import commit
from ..forms import filled, redraw
from ..tenancy import current_tenant, forget_cached_tenant, public_link
from ..web import Invalid, choice, permitted, read, text
from .blueprint import bp
from .models import PhoneLine, PhoneSource

Errors = dict[str, str] | None


@bp.get("/settings/phone")
@permitted("settings.edit")
def phone_settings(errors: Errors = None) -> Any:
    form = filled(country=current_tenant.country, line="", to="", token="")
    sources = {kind: PhoneSource.first(kind=kind) for kind in ("pbx", "twilio")}
    addresses = {kind: public_link(f"phone.hear_{kind}") for kind in sources}
    shown = {"lines": PhoneLine.all(), "countries": country_names(), "people": people()}
    return render_template(
        "settings/phone.html", form=form, errors=errors, sources=sources, addresses=addresses, **shown
    )


@bp.post("/settings/phone")
@permitted("settings.edit")
@redraw(phone_settings)
def update_phone() -> Any:
    change_tenant(country=read(country=country())["country"] or "")
    return saved()


@bp.post("/settings/phone/lines")
@permitted("settings.edit")
@redraw(phone_settings)
def create_line() -> Any:
    fields = read(line=text(max=100, lines=False), to=text(max=60))
    PhoneLine.add(fields["line"], *rung(fields["to"]))
    return saved()


@bp.post("/settings/phone/lines/<uuid:id>/removal")
@permitted("settings.edit")
def remove_line(id: UUID) -> Any:
    db.session.delete(PhoneLine.find(id=id))
    return saved()


@bp.post("/settings/phone/secret")
@permitted("settings.edit")
def make_phone_secret() -> Any:
    PhoneSource.set_up("pbx")
    return saved(_("There is a new secret. Put it into your telephone exchange; one before has stopped working."))


@bp.post("/settings/phone/twilio")
@permitted("settings.edit")
@redraw(phone_settings)
def set_up_twilio() -> Any:
    PhoneSource.set_up("twilio", read(token=text(max=200, lines=False))["token"])
    return saved()


@bp.post("/settings/phone/removal")
@permitted("settings.edit")
def remove_source() -> Any:
    source = PhoneSource.find(kind=read(kind=choice("pbx", "twilio"))["kind"])
    db.session.delete(source)
    return saved(_("What comes from there is refused from now on."))


def rung(to: str) -> tuple[Employee | None, Department | None]:
    """Of `employee:<id>` or `department:<id>`. Raises Invalid and NotFound."""
    kind, _sign, id = to.partition(":")
    try:
        target = UUID(id)
    except ValueError:
        kind = ""
    if kind == "employee":
        return Employee.find(id=target, deactivated_at=None), None
    if kind == "department":
        return None, Department.find(id=target, archived_at=None)
    raise Invalid({"to": _("Choose a colleague or a department.")})


def people() -> list[tuple[str, str]]:
    """[(key, name)] of those who can be rung: departments, then employees."""
    query = db.select(Employee).where(Employee.deactivated_at.is_(None)).order_by(Employee.name, Employee.id)
    departments = [(f"department:{one.id}", one.name) for one in Department.open_ones()]
    return departments + [(f"employee:{one.id}", one.shown_name) for one in db.session.scalars(query).all()]


def saved(sentence: str | None = None) -> Any:
    commit()
    forget_cached_tenant()
    flash(sentence or _("Saved."), "good")
    return redirect(url_for("conversations.phone_settings"), 303)
