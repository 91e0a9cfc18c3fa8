"""Answers by e-mail to customers who gave an address and are gone."""

from datetime import timedelta

from sqlalchemy import and_, func, or_, select

from ..conversations.channels import that_send
from ..conversations.models import Conversation, Message, Participant, Presence
from ..conversations.models.message import SAID
from ..customers.models import Customer
from ..db import db, now
from ..jobs import every
from ..locale import language_of
from ..mail import queue_mail
from ..tenancy import public_link

GONE = timedelta(minutes=2)
LOOKED_BACK = timedelta(days=2)
AT_ONCE = 200


@every(seconds=60)
def mail_answers() -> None:
    """One mail for all that was answered since the customer last looked; the next one only after they looked again."""
    for conversation, read in unseen():
        messages = answers(conversation, read)
        if messages and messages[-1].created_at < now() - GONE:
            customer = conversation.customer
            assert customer
            language = language_of(customer)
            link = conversation.page_url or public_link("portal.home")
            key = f"answer:{conversation.id}:{read}"
            queue_mail(
                key, str(customer.contact_email), "answer", language, must_arrive=True, messages=messages, link=link
            )


def unseen() -> list[tuple[Conversation, int]]:
    """Conversations with an answer that their customer, who can be reached and is not there, has not seen; and how far they read."""
    read = func.coalesce(Participant.last_read_seq, 0)
    mine = (Participant.conversation_id == Conversation.id, Participant.person_id == Conversation.customer_id)
    query = select(Conversation, read).join(
        Customer, and_(Customer.tenant_id == Conversation.tenant_id, Customer.id == Conversation.customer_id)
    )
    query = query.outerjoin(Participant, and_(Participant.tenant_id == Conversation.tenant_id, *mine)).outerjoin(
        Presence, and_(Presence.tenant_id == Customer.tenant_id, Presence.person_id == Customer.id)
    )
    query = query.where(
        Conversation.last_message_at > now() - LOOKED_BACK,
        Conversation.status.in_(["queued", "open", "closed"]),
        Conversation.channel.not_in(that_send()),
        Conversation.last_reply_seq > read,
        Conversation.last_reply_seq > Conversation.last_customer_seq,
        or_(Customer.email.is_not(None), Customer.claimed_email.is_not(None)),
        Customer.blocked_at.is_(None),
        or_(Presence.seen_at.is_(None), Presence.seen_at < now() - GONE),
    )
    return [(line[0], line[1]) for line in db.session.execute(query.limit(AT_ONCE)).all()]


def answers(conversation: Conversation, read: int) -> list[Message]:
    """What employees said to the customer after `read`."""
    query = select(Message).where(
        Message.conversation_id == conversation.id, Message.seq > read, Message.kind.in_(SAID),
        Message.customer_position.is_not(None), Message.deleted_at.is_(None),
        Message.sender_id != conversation.customer_id,
    )  # fmt: skip
    return list(db.session.scalars(query.order_by(Message.seq).limit(20)).all())
