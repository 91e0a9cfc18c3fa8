"""What conversations tell: one is yours now, a note names you, a customer has written and you have not looked."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, exists, func, select

from ...conversations.models import Conversation, Message, Participant
from ...db import db, now
from ...events import Event, later
from ...jobs import every
from ..models import Notification
from ..telling import tell
from . import kind

PATIENCE = timedelta(minutes=2)
LOOKED_BACK = timedelta(days=2)
AT_ONCE = 200


@kind("assigned", _l("A conversation or ticket is given to you"), "user-plus", sound="assigned")
def say_assigned(told: Any) -> str:
    if told.actor:
        return _("%(name)s gave this to you", name=told.actor)
    return _("This is yours now")


@later("conversation.assigned")
def tell_assignee(event: Event) -> None:
    conversation: Conversation = event.subject
    assignee = event.facts.get("assignee")
    if assignee and str(conversation.assignee_id) == assignee:
        tell("assigned", UUID(assignee), f"assigned:{event.id}", event.actor_id, conversation=conversation)


@kind("mentioned", _l("A colleague names you in a note"), "message")
def say_mentioned(told: Any) -> str:
    return _("%(name)s named you in a note", name=told.actor or _("Somebody"))


@later("message.mentioned")
def tell_mentioned(event: Event) -> None:
    message: Message = event.subject
    if message.deleted_at is None:
        for person in event.facts["people"]:
            tell("mentioned", UUID(person), f"mentioned:{message.id}", message.sender_id, message=message)


@kind("answered", _l("A customer has written and you have not looked"), "message-circle", sound="message")
def say_answered(told: Any) -> str:
    return _("%(name)s has written and waits for you", name=told.customer)


@every(seconds=60)
def tell_unread() -> None:
    """Once for all that a customer has written since their employee last looked."""
    for conversation in unread_by_assignee():
        key = f"answered:{conversation.id}:{conversation.last_customer_seq}"
        tell(
            "answered",
            conversation.assignee_id,
            key,
            None,
            conversation=conversation,
            seq=conversation.last_customer_seq,
        )


def unread_by_assignee() -> list[Conversation]:
    read = func.coalesce(Participant.last_read_seq, 0)
    mine = and_(
        Participant.tenant_id == Conversation.tenant_id,
        Participant.conversation_id == Conversation.id,
        Participant.person_id == Conversation.assignee_id,
    )
    told = exists().where(
        Notification.tenant_id == Conversation.tenant_id,
        Notification.conversation_id == Conversation.id,
        Notification.person_id == Conversation.assignee_id,
        Notification.kind == "answered",
        Notification.seq > read,
    )
    query = select(Conversation).outerjoin(Participant, mine).where(
        Conversation.status == "open",
        Conversation.assignee_id.is_not(None),
        Conversation.channel != "phone",  # nobody writes on it; missed calls are tasks
        Conversation.last_customer_seq > Conversation.last_reply_seq,
        Conversation.last_customer_seq > read,
        Conversation.last_message_at.between(now() - LOOKED_BACK, now() - PATIENCE),
        ~told,
    )  # fmt: skip
    return list(db.session.scalars(query.limit(AT_ONCE)).all())
