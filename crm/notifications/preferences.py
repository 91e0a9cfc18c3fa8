"""What one wants to be told, and how: the page."""

import re
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ..accounts.browser import session_id
from ..events import commit
from ..forms import filled, redraw
from ..web import Invalid, Kind, Unfit, choices, permitted, read
from .blueprint import bp
from .kinds import WAYS, kinds
from .models import Device
from .wishes import Wishes

CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d\Z")


@bp.get("/notifications/preferences")
@permitted("profile.edit")
def preferences(errors: dict[str, str] | None = None) -> Any:
    wishes = Wishes(current_user)
    begin, end = wishes.quiet or ("", "")
    wanted = {way: [name for name in kinds if wishes.wants(name, way)] for way in WAYS}
    form = filled(quiet_from=begin, quiet_to=end, **wanted)
    shown = {"zone": wishes.zone.key, "devices": Device.of(current_user), "here": session_id()}
    return render_template("notifications/preferences.html", form=form, errors=errors, **shown)


@bp.post("/notifications/preferences")
@permitted("profile.edit")
@redraw(preferences)
def update_preferences() -> Any:
    fields = read(quiet_from=clock(), quiet_to=clock(), **{way: choices(*kinds) for way in WAYS})
    quiet = [fields.pop("quiet_from"), fields.pop("quiet_to")]
    if bool(quiet[0]) != bool(quiet[1]) or (quiet[0] and quiet[0] == quiet[1]):
        raise Invalid({"quiet_to": _("Give a beginning and another end, or neither.")})
    Wishes(current_user).keep(fields, quiet if quiet[0] else [])
    commit()
    flash(_("Saved."), "good")
    return redirect(url_for(".preferences"), 303)


def clock() -> Kind:
    """A time of the day as 20:00, or none."""

    def kind(value: Any) -> str:
        if value in (None, ""):
            return ""
        if not isinstance(value, str) or not CLOCK.match(value):
            raise Unfit(_("Write the time as 20:00."))
        return value

    return kind
