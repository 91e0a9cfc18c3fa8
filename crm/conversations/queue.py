"""The queue of a department: places, an honest wait, and who could answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from ..accounts.calendars import calendar_of
from ..accounts.hours import Calendar, open_at, opens_next, working_between
from ..accounts.models import Employee
from ..db import db, now
from .models import Conversation, Presence

PRESENT_SECONDS = 45
LAST_ANSWERS = 20
LOOKED_BACK = timedelta(days=1)
LOOKED_BACK_OVER_DAYS_OFF = timedelta(days=5)  # where hours are kept: Monday knows of Friday


@dataclass(frozen=True)
class Wait:
    """`place` 1 is the next; `minutes` is None when too little is known to promise; `staffed` = somebody is there.

    `opens_at`: where hours are kept and it is closed, when somebody is there again; else None.
    """

    place: int
    minutes: int | None
    staffed: bool
    opens_at: datetime | None = None


def place_of_next(department_id: UUID | None) -> int:
    """The place that a conversation queued now would have."""
    query = select(func.count()).select_from(Conversation).where(Conversation.status == "queued")
    return (db.session.scalar(query.where(in_department(department_id))) or 0) + 1


def place_of(conversation: Conversation) -> int:
    before = or_(
        Conversation.queued_at < conversation.queued_at,
        and_(Conversation.queued_at == conversation.queued_at, Conversation.id < conversation.id),
    )
    query = select(func.count()).select_from(Conversation).where(Conversation.status == "queued", before)
    return (db.session.scalar(query.where(in_department(conversation.department_id))) or 0) + 1


def in_department(department_id: UUID | None) -> Any:
    return Conversation.department_id == department_id if department_id else Conversation.department_id.is_(None)


def wait_of(conversation: Conversation) -> Wait:
    return wait_at(place_of(conversation), conversation.department_id)


def wait_of_next(department_id: UUID | None) -> Wait:
    return wait_at(place_of_next(department_id), department_id)


def wait_at(place: int, department_id: UUID | None) -> Wait:
    calendar, moment = calendar_of(department_id), now()
    is_open = open_at(calendar, moment)
    staffed = is_open and is_staffed(department_id)
    minutes = minutes_for(place, department_id, calendar)
    return Wait(place, minutes, staffed, None if is_open else opens_next(calendar, moment))


def minutes_for(place: int, department_id: UUID | None, calendar: Calendar) -> int | None:
    """Whole minutes, rounded up, from how long each place in the queue took for the last 20 answers, in open time.

    None with fewer than three answers: then nothing is promised.
    """
    query = select(Conversation.queued_at, Conversation.first_reply_at, Conversation.queued_place).where(
        Conversation.first_reply_at > now() - (LOOKED_BACK_OVER_DAYS_OFF if calendar.week else LOOKED_BACK),
        Conversation.first_reply_at > Conversation.queued_at,  # not those who wait again, elsewhere
        in_department(department_id),
    )
    recent = db.session.execute(query.order_by(Conversation.first_reply_at.desc()).limit(LAST_ANSWERS)).all()
    if len(recent) < 3:
        return None
    waits = [working_between(calendar, since, until) / before for since, until, before in recent if since and until]
    return max(1, ceil(median(waits) * place / 60))


def is_staffed(department_id: UUID | None) -> bool:
    return bool(available(department_id, limit=1))


def available(department_id: UUID | None, limit: int = 5) -> list[Employee]:
    """Employees who are connected, say that they are available, and serve this department (or any)."""
    query = select(Employee).join(
        Presence, and_(Presence.tenant_id == Employee.tenant_id, Presence.person_id == Employee.id)
    )
    query = query.where(
        Presence.seen_at > now() - timedelta(seconds=PRESENT_SECONDS),
        Employee.availability == "available",
        Employee.deactivated_at.is_(None),
    )
    if department_id:
        query = query.where(or_(Employee.department_id == department_id, Employee.department_id.is_(None)))
    return list(db.session.scalars(query.order_by(Presence.seen_at.desc()).limit(limit)).all())
