"""What customers allow, and what they may be asked for."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ..db import db
from ..events import commit
from ..forms import filled, redraw
from ..web import checkbox, choice, permitted, read, text, uuid
from .blueprint import bp
from .models import SOURCES, Consent, Customer, Purpose
from .routes import saved
from .words import source_words


@bp.get("/customers/<uuid:id>/consents")
@permitted("customers.read")
def list_consents(id: UUID) -> Any:
    """Every change, the newest first."""
    customer = Customer.find(id=id)
    query = (
        select(Consent).where(Consent.customer_id == id).options(joinedload(Consent.purpose), joinedload(Consent.by))
    )
    found = db.session.scalars(query.order_by(Consent.id.desc()).limit(200)).all()
    return render_template("customers/consents.html", customer=customer, consents=found, sources=source_words())


@bp.post("/customers/<uuid:id>/consents")
@permitted("customers.edit")
def create_consent(id: UUID) -> Any:
    customer = Customer.locked(id=id)
    asked = read(purpose_id=uuid(), given=checkbox(), source=choice(*SOURCES))
    purpose = Purpose.find(id=asked.pop("purpose_id"))
    Consent.write(customer, purpose, **asked, by=current_user)
    commit()
    return saved(id)


@bp.get("/settings/purposes")
@permitted("settings.edit")
def purposes(errors: dict[str, str] | None = None) -> Any:
    found = db.session.scalars(select(Purpose).order_by(Purpose.id)).all()
    return render_template("settings/purposes.html", purposes=found, form=filled(name="", text=""), errors=errors)


@bp.post("/settings/purposes")
@permitted("settings.edit")
@redraw(purposes)
def create_purpose() -> Any:
    Purpose.add(**read(name=text(max=60, lines=False), text=text(max=1_000, optional=True)))
    return purposes_saved()


@bp.post("/settings/purposes/<uuid:id>/archive")
@permitted("settings.edit")
def archive_purpose(id: UUID) -> Any:
    Purpose.locked(id=id).archive()
    return purposes_saved(_("Nobody is asked for it any more. What was said stays."))


@bp.post("/settings/purposes/<uuid:id>/restoration")
@permitted("settings.edit")
def restore_purpose(id: UUID) -> Any:
    Purpose.locked(id=id).restore()
    return purposes_saved(_("It is asked for again."))


def purposes_saved(sentence: str | None = None) -> Any:
    commit()
    flash(sentence or _("Saved."), "good")
    return redirect(url_for(".purposes"), 303)
