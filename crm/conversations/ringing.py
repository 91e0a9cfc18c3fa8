"""Calls that go on: shown at once, on whatever page they are, to those who are rung."""

from datetime import timedelta
from typing import Any

from flask import render_template
from flask_login import current_user
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from .. import realtime
from ..accounts.models import Employee
from ..db import db, now
from ..events import now as at_once
from ..web import permitted
from .blueprint import bp
from .models import Call, Conversation
from .queue import available
from .tasks import waiting_for
from .topics import employee, inbox

RINGS = timedelta(minutes=2)  # after which nobody lets it ring, and its end was not told
LASTS = timedelta(hours=4)
SHOWN = 3
RUNG = 50


@bp.get("/calls/now")
@permitted("conversations.read")
def calls_now() -> Any:
    """The cards of calls that concern the viewer, and how many wait to be made; a part of every page (see layout.html)."""
    waiting = waiting_for(current_user)
    return render_template("conversations/_calls_now.html", calls=going_on(current_user), waiting=waiting)


def going_on(viewer: Employee) -> list[Call]:
    """What rings for them, or for whoever of their department is available, and what they talk in. One statement."""
    whole = joinedload(Call.conversation).joinedload(Conversation.customer)
    rings = and_(Call.state == "ringing", Call.direction == "in", Call.started_at > now() - RINGS, rung_with(viewer))
    talks = and_(Call.state == "answered", Call.employee_id == viewer.id, Call.started_at > now() - LASTS)
    query = select(Call).where(or_(rings, talks)).options(whole).order_by(Call.started_at.desc()).limit(SHOWN)
    return [call for call in db.session.scalars(query).all() if not is_blocked(call)]


def rung_with(viewer: Employee) -> Any:
    """With them, or with nobody in particular of the department that they serve; who has none serves all."""
    if viewer.availability != "available":
        return Call.employee_id == viewer.id
    anybody: Any = Call.employee_id.is_(None)
    if viewer.department_id:
        anybody = and_(anybody, or_(Call.department_id.is_(None), Call.department_id == viewer.department_id))
    return or_(Call.employee_id == viewer.id, anybody)


def is_blocked(call: Call) -> bool:
    return bool(call.conversation.customer and call.conversation.customer.blocked_at)


@at_once("call.rang", "call.answered", "call.ended")
def show_call(happened: Any) -> None:
    realtime.refresh(inbox(happened.tenant_id), "calls")


@at_once("call.rang")
def ring(happened: Any) -> None:
    """It sounds where somebody is rung: with one of us, or with those of the department who are there."""
    call: Call = happened.subject
    if call.state != "ringing" or call.direction != "in" or is_blocked(call):
        return
    rung = [call.employee_id] if call.employee_id else [one.id for one in available(call.department_id, RUNG)]
    for id in rung:
        topic = employee(call.tenant_id, id)
        realtime.publish(topic, {"signal": "ringing", "number": call.conversation.number, "refresh": ["calls"]})
