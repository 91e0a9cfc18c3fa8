"""Solved tickets close by themselves when their customer has said nothing more for as many days as the tenant gives them."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from ..conversations.models import Conversation
from ..db import db, now
from ..jobs import every
from ..tenancy import current_tenant
from .models import Ticket, TicketConversation

AT_ONCE = 50


@every(seconds=60)
def close_solved_tickets() -> None:
    if not current_tenant.ticket_close_days:
        return
    since = now() - timedelta(days=current_tenant.ticket_close_days)
    query = select(Ticket.id).where(Ticket.status == "solved", Ticket.status_at <= since).order_by(Ticket.status_at)
    for id in db.session.scalars(query.limit(AT_ONCE)).all():
        close_if_quiet(id)


def close_if_quiet(id: UUID) -> None:
    """With the conversations locked first, so that what a customer says at this moment is either seen here or opens a case
    that follows this one: nothing said is lost in between."""
    talks = [Conversation.locked(id=one) for one in talked_in(id)]
    ticket = Ticket.locked(id=id)
    due = ticket.closes_at is not None and ticket.closes_at <= now()
    if due and not any(waits(talk, ticket) for talk in talks):
        ticket.set_status("closed")


def talked_in(id: UUID) -> list[UUID]:
    part = TicketConversation
    query = select(part.conversation_id).where(part.ticket_id == id, part.until_seq.is_(None))
    return list(db.session.scalars(query.order_by(part.conversation_id)).all())


def waits(talk: Conversation, ticket: Ticket) -> bool:
    """Whether its customer wrote after it was solved, which only has not been heard yet."""
    after = talk.last_message_at is not None and talk.last_message_at > ticket.status_at
    return after and talk.last_customer_seq > talk.last_reply_seq
