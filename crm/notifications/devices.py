"""The browsers of an employee that show what is pushed: begun and ended on the page of preferences."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ..accounts.browser import session_id
from ..accounts.devices import device
from ..accounts.limits import per_person
from ..events import commit
from ..web import Invalid, permitted, read, text
from . import webpush
from .blueprint import bp
from .models import Device

LONGEST = 1_000


@bp.get("/sw.js")
@permitted("profile.edit")
def service_worker() -> Response:
    """Under the workspace's own path, which is as far as it may see; asked for again by the browser once a day."""
    answer = current_app.send_static_file("sw.js")
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@bp.get("/notifications/devices/key")
@permitted("profile.edit")
def push_key() -> Response:
    return Response(webpush.public_key(), mimetype="text/plain")


@bp.post("/notifications/devices")
@permitted("profile.edit")
@per_person
def create_device() -> Any:
    name = device(request.user_agent.string) or _("Unknown browser")
    Device.subscribe(current_user, name, session_id=session_id(), **subscription())
    commit()
    return "", 204


@bp.post("/notifications/devices/<uuid:id>/removal")
@permitted("profile.edit")
def remove_device(id: UUID) -> Any:
    Device.find(id=id, person_id=current_user.id).forget()
    commit()
    flash(_("Nothing is pushed there any more."), "good")
    return redirect(url_for(".preferences"), 303)


def subscription() -> dict[str, str]:
    """Raises Invalid."""
    keys = read(endpoint=text(max=LONGEST), p256dh=text(max=100), auth=text(max=30))
    try:
        webpush.check(**keys)
    except webpush.Unfit as problem:
        raise Invalid({"endpoint": str(problem)}) from None
    return keys
