"""The queue of a department: places, an honest wait, and who could answer."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from ..accounts.models import Employee
from ..db import db, now
from .models import Conversation, Presence

PRESENT_SECONDS = 45
LAST_ANSWERS = 20


@dataclass(frozen=True)
class Wait:
    """`place` 1 is the next; `minutes` is None when too little is known to promise; `staffed` = somebody is there."""

    place: int
    minutes: int | None
    staffed: bool


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
    place = place_of(conversation)
    return Wait(place, minutes_for(place, conversation.department_id), is_staffed(conversation.department_id))


def wait_of_next(department_id: UUID | None) -> Wait:
    place = place_of_next(department_id)
    return Wait(place, minutes_for(place, department_id), is_staffed(department_id))


def minutes_for(place: int, department_id: UUID | None) -> int | None:
    """Whole minutes, rounded up, from how long each place in the queue took for the last 20 answers of a day.

    None with fewer than three answers: then nothing is promised.
    """
    waited = func.extract("epoch", Conversation.first_reply_at - Conversation.queued_at)
    query = select(waited / Conversation.queued_place).where(
        Conversation.first_reply_at > now() - timedelta(days=1),
        Conversation.first_reply_at > Conversation.queued_at,  # not those who wait again, elsewhere
        in_department(department_id),
    )
    recent = db.session.scalars(query.order_by(Conversation.first_reply_at.desc()).limit(LAST_ANSWERS)).all()
    if len(recent) < 3:
        return None
    return max(1, ceil(median(float(wait) for wait in recent) * place / 60))


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
