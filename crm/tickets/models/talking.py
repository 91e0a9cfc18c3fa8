"""What is said in a ticket's conversations makes of the ticket, and how one begins to talk about it.

All of it expects first the conversation locked and then the ticket, in this order.
"""

from sqlalchemy import select

from ...accounts.models import Employee
from ...conversations.models import Conversation, Message
from ...db import db, uuid7
from ...events import record
from ...numbers import next_number
from .parts import TicketConversation
from .ticket import OPEN, Ticket

ANSWERED_TO = ("pending", "solved")  # what an employee may say of the ticket while answering


def hear(ticket: Ticket, conversation: Conversation, message: Message, then: str = "") -> None:
    """Go on after `message`: customers open it again or go on in a new one, employees take it or say how it stands now.

    `then` is the status that an employee chose with the answer, or "".
    """
    ticket.tell("ticket.answered", message=str(message.id))
    if message.sender_id == conversation.customer_id:
        hear_customer(ticket, conversation, message)
    elif then in ANSWERED_TO and ticket.status != "closed":
        take(ticket, message)
        ticket.set_status(then)
    elif message.said:
        take(ticket, message)


def hear_customer(ticket: Ticket, conversation: Conversation, message: Message) -> None:
    if ticket.status == "closed":
        follow_up(ticket, conversation, message.seq)
    elif ticket.status != "new":
        ticket.set_status("open")


def take(ticket: Ticket, message: Message) -> None:
    """Who answers first is responsible, as in a conversation."""
    if ticket.status not in OPEN:
        return
    if ticket.assignee_id is None:
        ticket.assign(Employee.first(id=message.sender_id, deactivated_at=None))
    if ticket.status == "new":
        ticket.set_status("open")


def follow_up(ticket: Ticket, conversation: Conversation, seq: int) -> Ticket:
    """A new ticket that follows a closed one and has what is said from `seq` on; what was closed stays as it was."""
    part = TicketConversation.locked(conversation_id=conversation.id, until_seq=None)
    part.until_seq = seq
    db.session.flush()  # before the new stretch without an end
    after = beside(ticket, conversation.channel)
    after.track(conversation, seq)
    after.link(ticket, "follows")
    record("ticket.opened", after, conversation=str(conversation.id))
    ticket.tell("ticket.followed_up", by=after.number)
    return after


def beside(ticket: Ticket, source: str, subject: str = "") -> Ticket:
    """A new ticket of the same customer, department and person."""
    made = Ticket(number=next_number("tickets"), subject=subject or ticket.subject, source=source, type=ticket.type,
                  priority=ticket.priority, customer_id=ticket.customer_id, department_id=ticket.department_id)  # fmt: skip
    if ticket.assignee and ticket.assignee.is_active:
        made.assignee_id, made.status = ticket.assignee_id, "open"
    made.save()
    db.session.flush()
    return made


def begin(ticket: Ticket, by: Employee) -> Conversation:
    """A conversation with the customer about a locked ticket that has none, or the one that was begun meanwhile: by mail
    when there is an address, unless they came by chat."""
    ticket.guard()
    customer = ticket.customer
    assert customer
    if known := begun_meanwhile(ticket):
        return known
    channel = "email" if ticket.source != "chat" and customer.contact_email else "chat"
    begun = Conversation.begin(customer, ticket.department, uuid7(), channel=channel, subject=ticket.subject)
    begun.accept(by)
    ticket.track(begun)
    ticket.tell("ticket.conversation_added", conversation=str(begun.id))
    return begun


def begun_meanwhile(ticket: Ticket) -> Conversation | None:
    """By somebody who pressed the button at the same time, or twice."""
    mine = select(TicketConversation.conversation_id).where(
        TicketConversation.ticket_id == ticket.id, TicketConversation.until_seq.is_(None)
    )
    query = select(Conversation).where(Conversation.id.in_(mine), Conversation.status == "open")
    return db.session.scalars(query.where(Conversation.channel.not_in(["phone", "notes"]))).first()
