"""The bell in the page's head, and the page with everything one was told."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_login import current_user

from ..events import commit, note
from ..web import permitted, read, text, wants_fragment
from . import queries
from .blueprint import bp
from .models import Notification


@bp.get("/notifications")
@permitted("profile.edit")
def notifications() -> Any:
    found = queries.everything(current_user)
    return render_template("notifications/list.html", page=found, number=queries.number(current_user))


@bp.get("/notifications/bell")
@permitted("profile.edit")
def bell() -> Any:
    return render_template("notifications/_bell.html", number=queries.number(current_user))


@bp.get("/notifications/latest")
@permitted("profile.edit")
def latest() -> Any:
    return render_template("notifications/_latest.html", lines=queries.latest(current_user))


@bp.post("/notifications/visits")
@permitted("profile.edit")
def visit() -> Any:
    """The viewer is at the page `at`: what is about it is seen. Answers with the bell."""
    if queries.see_those_of(current_user, read(at=text(max=2_000))["at"]):
        note("notification.seen", current_user._get_current_object())
    commit()
    return bell()


@bp.post("/notifications/sight")
@permitted("profile.edit")
def see_all() -> Any:
    if queries.see(current_user):
        note("notification.seen", current_user._get_current_object())
    commit()
    return bell() if wants_fragment() else redirect(url_for(".notifications"), 303)


@bp.post("/notifications/<uuid:id>/sight")
@permitted("profile.edit")
def see_one(id: UUID) -> Any:
    [line] = queries.given([see_it(id)])
    if wants_fragment():
        return render_template("notifications/_item.html", line=line)
    return redirect(url_for(".notifications"), 303)


@bp.post("/notifications/<uuid:id>/opening")
@permitted("profile.edit")
def open_one(id: UUID) -> Any:
    """Go where it leads."""
    return redirect(request.script_root + queries.given([see_it(id)])[0].path, 303)


def see_it(id: UUID) -> UUID:
    """Raises NotFound for somebody else's."""
    found = Notification.find(id=id, person_id=current_user.id)
    queries.see_until(found)
    note("notification.seen", current_user._get_current_object())
    commit()
    return found.id
