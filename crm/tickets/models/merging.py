"""Two tickets made one, and one message made a ticket of its own. All of it expects its tickets locked, in the order of their ids."""

from datetime import datetime, timedelta
from textwrap import shorten
from typing import Any, Self
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Index, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from ...accounts.models import Employee
from ...conversations.models import Message
from ...db import Record, belongs_to, db, now, reference
from ...events import record
from ...personal import empties, harms_nobody
from ...references import locked_first
from ...web import Refused
from .parts import ChecklistItem, TicketConversation, TicketFollower, TicketTag
from .talking import beside
from .ticket import Ticket

UNDO_DAYS = 30
SUBJECT = 90


class TicketMerge(Record):
    """That `other` became a part of `ticket`; `moved` says what came with it, so that it can go back for 30 days."""

    __tablename__ = "ticket_merges"
    __table_args__ = (
        reference("tickets", "ticket_id", ondelete="CASCADE"),
        reference("tickets", "other_id", ondelete="CASCADE"),
        reference("people", "by_id"),
        Index("ix_ticket_merges_ticket", "tenant_id", "ticket_id"),
        Index("ix_ticket_merges_other", "tenant_id", "other_id"),
    )

    ticket_id: Mapped[UUID]
    other_id: Mapped[UUID]
    by_id: Mapped[UUID | None]
    # {status, stretches: [ids], items: [ids], tags: [words], followers: [ids of people]}
    moved: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None] = mapped_column(default=None)

    ticket: Mapped[Ticket] = belongs_to("Ticket", "TicketMerge.ticket_id")
    other: Mapped[Ticket] = belongs_to("Ticket", "TicketMerge.other_id")

    @classmethod
    def of(cls, ticket: Ticket) -> list[Self]:
        """Those that still hold, of tickets that became a part of this one."""
        query = select(cls).where(cls.ticket_id == ticket.id, cls.undone_at.is_(None)).order_by(cls.id)
        return list(db.session.scalars(query).all())

    @property
    def may_be_undone(self) -> bool:
        return self.undone_at is None and self.created_at > now() - timedelta(days=UNDO_DAYS)

    def undo(self) -> None:
        """Give back what came. What was said meanwhile goes with its conversation. Raises Refused after 30 days, Merged
        while what came has gone on into a third ticket, and Forsaken."""
        if self.undone_at:
            return
        self.ticket.guard()
        if not self.may_be_undone:
            raise Refused(_l("This was merged more than 30 days ago. It stays so."))
        self.undone_at = now()
        move(TicketConversation, self.moved["stretches"], self.ticket, self.other)
        move(ChecklistItem, self.moved["items"], self.ticket, self.other)
        forget(TicketTag, self.ticket, TicketTag.name.in_(self.moved["tags"]))
        forget(TicketFollower, self.ticket, TicketFollower.person_id.in_(map(UUID, self.moved["followers"])))
        self.other.merged_into_id = None
        put(self.other, self.moved["status"])
        self.other.tell("ticket.parted")
        self.ticket.tell("ticket.parted")


def merge(ticket: Ticket, other: Ticket, by: Employee) -> TicketMerge:
    """Make `other` a part of `ticket`: its conversations, tags, followers and what is to be done. Raises Refused."""
    guard(ticket, other)
    stretches = [part.id for part in parts_of(TicketConversation, other) if not is_held(part, ticket)]
    items = [item.id for item in parts_of(ChecklistItem, other)]
    move(TicketConversation, stretches, other, ticket)
    move(ChecklistItem, items, other, ticket)
    moved = {"status": other.status, "stretches": stretches, "items": items, "tags": tag_too(ticket, other)}
    moved["followers"] = follow_too(ticket, other)
    made = TicketMerge(ticket_id=ticket.id, other_id=other.id, by_id=by.id, moved=plain(moved)).save()
    made.ticket, made.other = ticket, other
    other.merged_into_id = ticket.id
    put(other, "closed")
    other.tell("ticket.merged", into=ticket.number)
    ticket.tell("ticket.merged", other=other.number)
    return made


def guard(ticket: Ticket, other: Ticket) -> None:
    ticket.guard_forsaken()
    if ticket.id == other.id:
        raise Refused(_l("A ticket cannot be merged with itself."))
    if ticket.merged_into_id or other.merged_into_id:
        raise Refused(_l("One of the two has been merged already."))
    if ticket.customer_id != other.customer_id:
        raise Refused(_l("These tickets are of different customers: one of them would read what the other wrote."))
    if any(is_held(part, other) for part in parts_of(TicketConversation, ticket)):
        raise Refused(_l("The other ticket was split off from this one. Merge that one into this one."))


def put(ticket: Ticket, status: str, **facts: Any) -> None:
    """Into a status, whichever it had; `facts` tell why."""
    before, ticket.status, ticket.status_at = ticket.status, status, now()
    ticket.closed_at = now() if status == "closed" else None
    ticket.solved_at = (ticket.solved_at or now()) if status in ("solved", "closed") else None
    if before != status:
        ticket.tell("ticket.status_changed", before=before, after=status, **facts)


def parts_of(part: Any, ticket: Ticket) -> list[Any]:
    return list(db.session.scalars(select(part).where(part.ticket_id == ticket.id).order_by(part.id)).all())


def is_held(part: TicketConversation, ticket: Ticket) -> bool:
    """Whether everything of the stretch belongs to the ticket already."""
    query = select(TicketConversation).where(
        TicketConversation.ticket_id == ticket.id, TicketConversation.conversation_id == part.conversation_id
    )
    return any(
        held.from_seq <= part.from_seq and (held.until_seq or 2**31) >= (part.until_seq or 2**31)
        for held in db.session.scalars(query).all()
    )


def move(part: Any, ids: list[Any], before: Ticket, after: Ticket) -> None:
    query = select(part).where(part.id.in_([UUID(str(id)) for id in ids]), part.ticket_id == before.id)
    for row in db.session.scalars(query).all():
        row.ticket_id = after.id
    db.session.flush()


def forget(part: Any, ticket: Ticket, which: Any) -> None:
    found = db.session.scalars(select(part.id).where(part.ticket_id == ticket.id, which)).all()
    db.session.execute(delete(part).where(part.id.in_(found)))


def tag_too(ticket: Ticket, other: Ticket) -> list[str]:
    known = {tag.name for tag in parts_of(TicketTag, ticket)}
    added = [tag.name for tag in parts_of(TicketTag, other) if tag.name not in known]
    for name in added:
        ticket.tag(name)
    return added


def follow_too(ticket: Ticket, other: Ticket) -> list[UUID]:
    known = {one.person_id for one in parts_of(TicketFollower, ticket)}
    added = [one.person for one in parts_of(TicketFollower, other) if one.person_id not in known]
    for person in added:
        ticket.follow(person)
    return [person.id for person in added]


def plain(moved: dict[str, Any]) -> dict[str, Any]:
    """As JSON has it."""
    return {name: [str(one) for one in value] if isinstance(value, list) else value for name, value in moved.items()}


def split(ticket: Ticket, message: Message, subject: str = "") -> Ticket:
    """A new ticket about one of the customer's messages, which also stays where it was said; of a locked ticket, and the
    one that was made of it when there is one. Raises Refused."""
    ticket.guard_forsaken()
    if message.sender_id != ticket.customer_id or message.sender_id is None:
        raise Refused(_l("Choose a message of the customer."))
    subject = subject or beginning(message.body) or ticket.subject
    part = {"conversation_id": message.conversation_id, "from_seq": message.seq, "until_seq": message.seq + 1}
    if known := db.session.scalars(select(TicketConversation).filter_by(**part)).first():
        return Ticket.find(id=known.ticket_id)
    made = beside(ticket, message.conversation.channel, subject)
    TicketConversation(ticket_id=made.id, **part).save()
    made.link(ticket, "follows")
    record("ticket.opened", made, conversation=str(message.conversation_id))
    return made


def beginning(body: str | None) -> str:
    """The first words of a message on one line: its first line is a greeting more often than not."""
    words = " ".join((body or "").split())
    return shorten(words, SUBJECT, placeholder="…") if " " in words[:SUBJECT] else words[:SUBJECT]


for key, names in {
    "given_to": Ticket.assignee_id,
    "opened_by": Ticket.opened_by_id,
    "merged_into": Ticket.merged_into_id,
}.items():
    Index(f"ix_tickets_{key}", Ticket.tenant_id, names, postgresql_where=names.is_not(None))
locked_first("tickets.customer_id")
harms_nobody("ticket_merges", "moved")
empties("tickets", _l("Tickets, of which number and times stay"), subject="—", custom={})
harms_nobody("tickets", "external_id", "type", "priority", "status", "source", "breaks_kind")
