"""Canned replies: texts that an employee calls with `/shortcut`."""

import re
from typing import Any
from uuid import UUID

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from ..db import db
from ..events import commit
from ..forms import filled, redraw
from ..web import Invalid, permitted, read, text
from .blueprint import bp
from .models import CannedReply

SHORTCUT = re.compile(r"[\w-]{1,40}\Z")


@bp.get("/canned-replies")
@permitted("conversations.reply")
def canned_replies() -> Any:
    """The list that the composer shows above the text field."""
    return render_template("conversations/_canned.html", canned=CannedReply.all())


@bp.get("/settings/canned-replies")
@permitted("canned_replies.edit")
def edit_replies(errors: dict[str, str] | None = None) -> Any:
    shown = {"form": filled(shortcut="", body=""), "errors": errors}
    return render_template("settings/canned.html", replies=CannedReply.all(), **shown)


@bp.post("/settings/canned-replies")
@permitted("canned_replies.edit")
@redraw(edit_replies)
def create_reply() -> Any:
    CannedReply(**reply_fields()).save()
    return saved()


@bp.get("/settings/canned-replies/<uuid:id>")
@permitted("canned_replies.edit")
def edit_reply(id: UUID, errors: dict[str, str] | None = None) -> Any:
    reply = CannedReply.find(id=id)
    form = filled(shortcut=reply.shortcut, body=reply.body)
    return render_template("settings/canned_reply.html", reply=reply, form=form, errors=errors)


@bp.post("/settings/canned-replies/<uuid:id>")
@permitted("canned_replies.edit")
@redraw(edit_reply)
def update_reply(id: UUID) -> Any:
    found = CannedReply.find(id=id)
    found.shortcut, found.body = reply_fields().values()
    return saved()


@bp.post("/settings/canned-replies/<uuid:id>/removal")
@permitted("canned_replies.edit")
def delete_reply(id: UUID) -> Any:
    db.session.delete(CannedReply.find(id=id))
    return saved()


def reply_fields() -> dict[str, str]:
    """{shortcut, body}. Raises Invalid."""
    fields = read(shortcut=text(max=41, lines=False), body=text(max=10_000))
    fields["shortcut"] = fields["shortcut"].removeprefix("/").lower()
    if not SHORTCUT.match(fields["shortcut"]):
        raise Invalid({"shortcut": _("Use letters, digits and hyphens, such as greeting or opening-hours.")})
    return fields


def saved() -> Any:
    try:
        commit()
    except IntegrityError:
        raise Invalid({"shortcut": _("There is a reply with this shortcut already. Choose another.")}) from None
    return redirect(url_for("conversations.edit_replies"))
