"""What tickets do when something happened: their pages and lists load again."""

from typing import Any

from .. import realtime
from ..conversations.models import Conversation, Message
from ..conversations.topics import employee, inbox
from ..events import Event, later, now
from . import queries
from .models import Ticket, TicketConversation
from .models.talking import hear

CHANGES = ("changed", "assigned", "status_changed", "followed", "unfollowed", "tagged", "untagged", "linked", "unlinked",
           "item_added", "item_planned", "item_ticked", "conversation_added", "followed_up", "links_revoked",
           "merged", "parted")  # fmt: skip


@now("ticket.opened", *(f"ticket.{change}" for change in CHANGES))
def show_ticket(happened: Any) -> None:
    ticket: Ticket = happened.subject
    realtime.refresh(ticket.topic, "header", "panel")
    realtime.refresh(inbox(ticket.tenant_id), "tickets")


@now("ticket.opened")
def show_in_conversation(happened: Any) -> None:
    """The menu of the conversation leads to the ticket from now on."""
    for conversation in queries.conversations(happened.subject):
        realtime.refresh(conversation.topic, "header")


@now("ticket.conversation_added", "ticket.merged", "ticket.parted")
def show_thread(happened: Any) -> None:
    realtime.refresh(happened.subject.topic, "list")


@now("ticket.assigned")
def tell_assignee(happened: Any) -> None:
    ticket: Ticket = happened.subject
    if ticket.assignee_id and ticket.assignee_id != happened.actor_id:
        realtime.signal(employee(ticket.tenant_id, ticket.assignee_id), "assigned", ticket=ticket.number)


@now("ticket.answered")
def show_answered(happened: Any) -> None:
    """It rises in the lists; its page hears of the message by the conversation."""
    realtime.refresh(inbox(happened.tenant_id), "tickets")


@now("ticket.followed_up")
def show_stretch(happened: Any) -> None:
    """Nothing more is said here: the composer goes, and the thread ends."""
    realtime.refresh(happened.subject.topic, "list", "composer")


@later("message.tracked")
def go_on(event: Event) -> None:
    """A ticket whose status was changed after the message is left alone: whoever did that knew it, or did it for it."""
    message: Message | None = event.subject
    part = TicketConversation.first(conversation_id=message.conversation_id, until_seq=None) if message else None
    if message is None or part is None or message.seq < part.from_seq:
        return
    conversation, ticket = Conversation.locked(id=part.conversation_id), Ticket.locked(id=part.ticket_id)
    if ticket.status_at <= event.created_at:
        hear(ticket, conversation, message, event.facts.get("then", ""))


@later("conversation.reopened")
def reopen_with_it(event: Event) -> None:
    """Who takes up the conversation again takes up what was solved; what is closed is followed up when something is said."""
    part = TicketConversation.first(conversation_id=event.subject_id, until_seq=None)
    ticket = Ticket.locked(id=part.ticket_id) if part else None
    if ticket and ticket.status == "solved" and ticket.status_at <= event.created_at:
        ticket.reopen()
