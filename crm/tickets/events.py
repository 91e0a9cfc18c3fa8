"""What tickets do when something happened: their pages and lists load again."""

from typing import Any

from .. import realtime
from ..conversations.topics import employee, inbox
from ..events import now
from . import queries
from .models import Ticket

CHANGES = ("changed", "assigned", "status_changed", "followed", "unfollowed", "tagged", "untagged", "linked", "unlinked",
           "item_added", "item_ticked", "conversation_added")  # fmt: skip


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


@now("ticket.conversation_added")
def show_thread(happened: Any) -> None:
    realtime.refresh(happened.subject.topic, "list")


@now("ticket.assigned")
def tell_assignee(happened: Any) -> None:
    ticket: Ticket = happened.subject
    if ticket.assignee_id and ticket.assignee_id != happened.actor_id:
        realtime.signal(employee(ticket.tenant_id, ticket.assignee_id), "assigned", ticket=ticket.number)
