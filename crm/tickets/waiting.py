"""Conversations that wait too long climb the ladder too: one after the other is told, until somebody takes it.

Who was told stands in the thread, for the staff alone.
"""

from uuid import UUID

from sqlalchemy import select

from ..accounts.calendars import calendar_of
from ..accounts.hours import working_between
from ..conversations.models import Conversation, Routing
from ..conversations.routing import still_waiting, waiting
from ..db import db, now
from ..jobs import every
from .ladder import climb
from .models import Escalation, EscalationStep

AT_ONCE = 100
WAITING = "waiting"


@every(seconds=30)
def watch_waiting() -> None:
    """How often and by how many processes it is done makes no difference."""
    settle_taken()
    for rule in db.session.scalars(select(Routing).where(Routing.ladder_minutes.is_not(None))).all():
        if EscalationStep.of(rule.department_id):
            begin_late(rule)
    db.session.flush()
    climb_waiting()


def settle_taken() -> None:
    """Whoever has it now takes care of it; nobody else is told."""
    query = select(Escalation, Conversation).join(
        Conversation,
        (Conversation.tenant_id == Escalation.tenant_id) & (Conversation.id == Escalation.conversation_id),
    )
    query = query.where(Escalation.ended_at.is_(None), Conversation.status != "queued").limit(AT_ONCE)
    for escalation, conversation in db.session.execute(query.with_for_update(of=Escalation, skip_locked=True)).all():
        if conversation.assignee:
            escalation.acknowledge(conversation.assignee)
        else:
            escalation.end()


def begin_late(rule: Routing) -> None:
    """Of what has waited too long by now, in open time, the longest first."""
    calendar, most = calendar_of(rule.department_id), (rule.ladder_minutes or 0) * 60
    for id in waiting(rule.department_id):
        conversation = Conversation.find(id=id)
        if conversation.queued_at is None or working_between(calendar, conversation.queued_at, now()) < most:
            return
        if not was_told(id, conversation):
            Escalation.begin(rule.tenant_id, WAITING, conversation_id=id)


def was_told(id: UUID, conversation: Conversation) -> bool:
    """Whether this wait has begun a climb before."""
    query = select(Escalation.id).where(
        Escalation.conversation_id == id, Escalation.created_at >= conversation.queued_at
    )
    return db.session.scalar(query.limit(1)) is not None


def climb_waiting() -> None:
    query = select(Escalation).where(Escalation.next_at <= now(), Escalation.ended_at.is_(None))
    query = query.where(Escalation.conversation_id.is_not(None)).order_by(Escalation.next_at).limit(AT_ONCE)
    query = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    for escalation in db.session.scalars(query).all():
        conversation = still_waiting(escalation.conversation_id)  # type: ignore[arg-type]
        if conversation:
            climb(escalation, conversation)
