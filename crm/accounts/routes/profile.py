"""One's own page: name, language, password, sessions, preferences, and whether new conversations may come."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from ...db import db, now
from ...events import commit
from ...forms import filled, redraw
from ...locale import LANGUAGES
from ...tenancy import current_tenant
from ...web import Invalid, choice, permitted, read, text, wants_fragment
from .. import browser
from ..devices import device
from ..kinds import language_names, new_password, password, time_zone, zone_names
from ..limits import per_person
from ..models import Session
from ..resets import change_password
from . import bp
from .signing_in import next_page


@bp.get("/profile")
@permitted("profile.edit")
def profile(errors: dict[str, str] | None = None) -> Any:
    me = current_user
    form = filled(name=me.name, language=me.language or "", time_zone=me.time_zone or current_tenant.time_zone)
    lists = {"languages": language_names(), "zones": zone_names(str(get_locale()))}
    here = {"sessions": own_sessions(), "here": browser.session_id(), "device": device}
    return render_template("accounts/profile.html", form=form, errors=errors, **here, **lists)


@bp.post("/profile")
@permitted("profile.edit")
@redraw(profile)
def update_profile() -> Any:
    fields = read(name=text(max=100, lines=False), language=choice(*LANGUAGES, optional=True), time_zone=time_zone())
    current_user.name, current_user.language, current_user.time_zone = fields.values()
    commit()
    return saved()


@bp.post("/profile/password")
@permitted("profile.edit")
@per_person
@redraw(profile)
def update_password() -> Any:
    fields = read(current_password=password(), password=new_password())
    if not current_user.has_password(fields["current_password"]):
        raise Invalid({"current_password": _("This is not your present password.")})
    me = current_user._get_current_object()
    change_password(me, fields["password"])
    browser.sign_in(me)
    commit()
    return saved(_("Your password is changed. You are signed out everywhere else."))


@bp.post("/profile/preferences")
@permitted("profile.edit")
def update_preferences() -> Any:
    """Only what is sent changes: the top bar's menu sends one of them."""
    switch = choice("on", "off", optional=True)
    fields = read(theme=choice("light", "dark", "auto", optional=True), sound=switch, title_badge=switch)
    current_user.prefer(**{name: chosen for name, chosen in fields.items() if chosen})
    commit()
    return ("", 204) if wants_fragment() else saved()


@bp.post("/profile/availability")
@permitted("profile.edit")
def update_availability() -> Any:
    current_user.say(read(availability=choice("available", "busy", "away"))["availability"])
    commit()
    if wants_fragment():
        return render_template("_availability.html")
    return redirect(next_page(), 303)


@bp.post("/profile/sessions/<uuid:id>/end")
@permitted("profile.edit")
def end_one_session(id: UUID) -> Any:
    Session.find(id=id, person_id=current_user.id).revoke()
    commit()
    return saved(_("That browser is signed out."))


@bp.post("/profile/sessions/end")
@permitted("profile.edit")
def end_other_sessions() -> Any:
    current_user.end_sessions(keep=browser.session_id())
    commit()
    return saved(_("Every other browser is signed out."))


def own_sessions() -> list[Session]:
    """The ones that still open something, the last used first."""
    query = select(Session).where(Session.person_id == current_user.id, Session.revoked_at.is_(None))
    query = query.where(Session.expires_at > now()).order_by(Session.used_at.desc())
    return list(db.session.scalars(query.limit(50)).all())


def saved(sentence: str | None = None) -> Any:
    flash(sentence or _("Saved."), "good")
    return redirect(url_for(".profile"), 303)
