"""Mails of the tenant that somebody may have to look after: who was not reached, and who perhaps was not."""

from typing import Any

from flask import render_template
from sqlalchemy import and_, or_, select

from ...mail import Mail
from ...paging import page
from ...web import permitted
from . import bp


@bp.get("/settings/mails")
@permitted("settings.edit")
def mails() -> Any:
    delayed = and_(Mail.state == "queued", Mail.tries > 0)
    query = select(Mail).where(or_(Mail.state.in_(["failed", "uncertain", "bounced"]), delayed))
    return render_template("settings/mails.html", page=page(query, Mail.created_at, Mail.id))
