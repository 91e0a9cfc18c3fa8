"""What tickets tell: one is yours now, and how those go on that you follow."""

from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ...accounts.models import Employee
from ...conversations.models import Conversation, Message
from ...db import db
from ...events import Event, later, note
from ...tickets.ladder import goes_on
from ...tickets.models import Ticket
from ...tickets.models.parts import TicketConversation, TicketFollower
from ...tickets.words import STATUS_WORDS
from ..queries import see_everywhere
from ..telling import tell
from . import kind


@later("ticket.assigned")
def tell_ticket_assignee(event: Event) -> None:
    ticket: Ticket = event.subject
    assignee = event.facts.get("assignee")
    if assignee and str(ticket.assignee_id) == assignee:
        tell("assigned", UUID(assignee), f"assigned:{event.id}", event.actor_id, ticket=ticket)


@kind("followed", _l("A ticket that you follow goes on"), "eye")
def say_followed(told: Any) -> str:
    after = told.facts.get("after", "")
    if "number" in told.facts:
        return _("Ticket #%(number)s was closed, because its customer was erased", number=told.facts["number"])
    if not after:
        return _("Something was said in the ticket")
    return _("The ticket is now: %(status)s", status=STATUS_WORDS.get(after, after))


@later("ticket.status_changed")
def tell_followers(event: Event) -> None:
    """Who follows it, and whose it is; not that it was taken, which is told by itself."""
    ticket: Ticket = event.subject
    erased = event.facts.get("why") == "erased"
    if event.facts["before"] == "new" and not erased:
        return
    about = of_an_erased_one(ticket) if erased else {"ticket": ticket, "after": event.facts["after"]}
    following = select(TicketFollower.person_id).where(TicketFollower.ticket_id == ticket.id)
    for person in {*db.session.scalars(following).all(), ticket.assignee_id} - {None}:
        tell("followed", person, f"status:{event.id}", event.actor_id, **about)


def of_an_erased_one(ticket: Ticket) -> dict[str, Any]:
    """What names the ticket itself is about its customer, and goes with them."""
    return {"number": ticket.number, "path": f"/tickets/{ticket.number}"}


@later("message.tracked")
def tell_followers_what_is_said(event: Event) -> None:
    """Not whose it is: they are told of their conversations."""
    message: Message | None = event.subject
    part = TicketConversation.first(conversation_id=message.conversation_id, until_seq=None) if message else None
    if message is None or part is None or not message.said:
        return
    ticket = Ticket.find(id=part.ticket_id)
    following = select(TicketFollower.person_id).where(TicketFollower.ticket_id == ticket.id)
    for person in {*db.session.scalars(following).all()} - {ticket.assignee_id}:
        tell("followed", person, f"said:{event.id}", message.sender_id, ticket=ticket)


@kind(
    "escalated",
    _l("A promised time is about to break, or somebody waits too long"),
    "alert-triangle",
    ways=("app", "push", "sound"),
)
def say_escalated(told: Any) -> str:
    if told.facts.get("clock") == "waiting":
        return _("Somebody waits too long: take it")
    return _("A promised time breaks: take care of it")


@later("escalation.raised")
def tell_escalated(event: Event) -> None:
    """Who is told by the ladder, which also mails at once; nobody when it was taken care of by then."""
    if goes_on(event):
        key = f"escalated:{event.facts['escalation']}"
        waits = isinstance(event.subject, Conversation)
        about: dict[str, Any] = {"conversation": event.subject, "seq": None} if waits else {"ticket": event.subject}
        tell("escalated", UUID(event.facts["person"]), key, None, **about, clock=event.facts["kind"])


@later("escalation.acknowledged")
def settle_escalated(event: Event) -> None:
    """Somebody takes care of it: it calls nobody any more."""
    for person in see_everywhere(f"escalated:{event.facts['escalation']}"):
        note("notification.seen", Employee.find(id=person))
