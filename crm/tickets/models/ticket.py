"""A ticket and its verbs. Verbs expect it `locked` (see crm/db.py)."""

from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Computed, Index, UniqueConstraint, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column, query_expression

from ...accounts.models import Department, Employee, Person
from ...conversations.models import Conversation
from ...customers.models import Customer
from ...db import Record, belongs_to, db, now, reference, uuid7
from ...events import record
from ...numbers import next_number
from ...realtime import Topic
from ...tenancy import current_tenant
from ...web import Refused
from .guarded import Guarded, NoSuchMove
from .parts import ChecklistItem, TicketConversation, TicketFollower, TicketLink, TicketTag

OPEN = ("new", "open", "pending", "hold")
OVER = ("solved", "closed")
STATUSES = (*OPEN, *OVER)
PRIORITIES = ("low", "normal", "high", "urgent")
TYPES = ("question", "problem", "incident", "task")
# From a status to which others; whatever is over goes on by being reopened.
MOVES = {
    "new": {"open", "pending", "hold", "solved"},
    "open": {"pending", "hold", "solved"},
    "pending": {"open", "hold", "solved"},
    "hold": {"open", "pending", "solved"},
    "solved": {"open", "pending", "closed"},
    "closed": {"open"},
}
SEARCHED = "number::text || ' ' || subject"
LONGEST_TAG = 40
Part = type[TicketFollower] | type[TicketTag] | type[TicketLink]


class Ticket(Guarded, Record):
    """A tracked piece of work, mostly for a customer, with any number of conversations.

    `source` is what it was made from: the channel of a conversation. `touched_at` is when it was last changed or written
    to, `status_at` when it came into its status. `external_id` is its number in the program that it came from.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        reference("people", "customer_id"),
        reference("people", "assignee_id"),
        reference("people", "opened_by_id"),
        reference("departments", "department_id"),
        reference("tickets", "merged_into_id"),
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint("status in ('new', 'open', 'pending', 'hold', 'solved', 'closed')", name="status"),
        CheckConstraint("priority in ('low', 'normal', 'high', 'urgent')", name="priority"),
        CheckConstraint("type in ('question', 'problem', 'incident', 'task')", name="type"),
        Index("ix_tickets_status", "tenant_id", "status", "touched_at", "id"),
        Index("ix_tickets_customer", "tenant_id", "customer_id", "touched_at", "id"),
    )

    number: Mapped[int]
    subject: Mapped[str]
    type: Mapped[str] = mapped_column(default="question")
    priority: Mapped[str] = mapped_column(default="normal")
    status: Mapped[str] = mapped_column(default="new")
    source: Mapped[str] = mapped_column(default="chat")
    customer_id: Mapped[UUID | None]
    assignee_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    opened_by_id: Mapped[UUID | None]
    due_at: Mapped[datetime | None]
    solved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    touched_at: Mapped[datetime] = mapped_column(default=now)
    merged_into_id: Mapped[UUID | None]
    # How often it was taken up: each time that it is solved its customer may be asked what they thought.
    episode: Mapped[int] = mapped_column(default=1, server_default="1")
    # Links to the customer's page name it: those with an older one open nothing.
    link_version: Mapped[int] = mapped_column(default=1, server_default="1")
    status_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    # When the next promise breaks, and which (see clock.py); None while no clock runs.
    breaks_at: Mapped[datetime | None]
    breaks_kind: Mapped[str | None]
    external_id: Mapped[str | None]
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    # Whether its times are promised, whether others became a part of it: None where the statement did not ask.
    has_clocks: Mapped[bool | None] = query_expression()
    has_merges: Mapped[bool | None] = query_expression()
    # What the list's search looks into; a stored column, because an index under a policy serves no expression.
    search: Mapped[str | None] = mapped_column(Computed(SEARCHED, persisted=True), deferred=True)

    customer: Mapped[Customer | None] = belongs_to("Customer", "Ticket.customer_id")
    assignee: Mapped[Employee | None] = belongs_to("Employee", "Ticket.assignee_id")
    department: Mapped[Department | None] = belongs_to("Department", "Ticket.department_id")

    @property
    def topic(self) -> Topic:
        return Topic(self.tenant_id, "ticket", self.id)

    @property
    def customer_topic(self) -> Topic:
        return Topic(self.tenant_id, "ticket", self.id, "customer")

    @classmethod
    def open_from(cls, conversation: Conversation, by: Employee, subject: str = "") -> Self:
        """The ticket of a locked conversation with a customer; made when it has none. Raises Refused for colleagues' and
        where the customer was erased."""
        known = TicketConversation.first(conversation_id=conversation.id, until_seq=None)
        if known:
            return cls.find(id=known.ticket_id)
        if conversation.customer_id is None:
            raise Refused(_l("A conversation between colleagues becomes no ticket."))
        conversation.guard_forsaken()
        from ..naming import name_of

        subject = subject.strip()[:200] or name_of(conversation)
        ticket = cls(number=next_number("tickets"), subject=subject, source=conversation.channel)
        ticket.customer_id, ticket.department_id = conversation.customer_id, conversation.department_id
        ticket.assignee_id, ticket.opened_by_id = conversation.assignee_id, by.id
        ticket.status = "open" if conversation.assignee_id else "new"
        ticket.save()
        db.session.flush()
        ticket.track(conversation)
        record("ticket.opened", ticket, conversation=str(conversation.id))
        return ticket

    def whole(self) -> "Ticket":
        """The ticket that this one is a part of by now, or itself."""
        return Ticket.find(id=self.merged_into_id).whole() if self.merged_into_id else self

    def take_in(self, conversation: Conversation) -> None:
        """Go on in another conversation too. Raises Merged, Forsaken, and Refused when it belongs to another ticket or customer."""
        self.guard()
        known = TicketConversation.first(conversation_id=conversation.id, until_seq=None)
        if known and known.ticket_id == self.id:
            return
        if known or conversation.is_internal or conversation.customer_id != self.customer_id:
            raise Refused(_l("This conversation belongs to another ticket or another customer."))
        self.track(conversation)
        self.tell("ticket.conversation_added", conversation=str(conversation.id))

    def concern(self, customer: Customer) -> None:
        """Say whose it is, as long as no customer's conversation belongs to it. Raises Merged, Forsaken, and Refused when one
        does."""
        self.guard()
        if self.customer_id == customer.id:
            return
        here = select(TicketConversation.conversation_id).where(TicketConversation.ticket_id == self.id)
        talk = select(Conversation.id).where(Conversation.id.in_(here), Conversation.customer_id.is_not(None))
        if db.session.scalar(talk.limit(1)):
            raise Refused(_l("Its customer has been talked with here already. Make a new ticket for somebody else."))
        self.link_version += self.customer_id is not None
        self.customer_id, self.customer = customer.id, customer
        self.tell("ticket.changed", field="customer_id")

    def track(self, conversation: Conversation, from_seq: int = 0) -> None:
        """What is said in it from `from_seq` on belongs to this ticket."""
        TicketConversation(ticket_id=self.id, conversation_id=conversation.id, from_seq=from_seq).save()
        conversation.tracked = True

    def change(self, name: str, value: Any) -> None:
        """Set subject, type, priority, due_at or department_id. Raises Forsaken."""
        self.guard_forsaken()
        before = getattr(self, name)
        if before != value:
            setattr(self, name, value)
            self.tell("ticket.changed", field=name)

    def assign(self, employee: Employee | None) -> None:
        """Make somebody responsible, or nobody; a new ticket is open from then on. Raises Forsaken."""
        self.guard_forsaken()
        if self.assignee_id == (employee.id if employee else None):
            return
        self.assignee_id, self.assignee = (employee.id, employee) if employee else (None, None)
        if employee and self.status == "new":
            self.set_status("open")
        self.tell("ticket.assigned", assignee=str(employee.id) if employee else None)

    def set_status(self, status: str) -> None:
        """Raises NoSuchMove for a move that MOVES does not name, Merged and Forsaken."""
        from ..words import STATUS_WORDS

        if status == self.status:
            return
        self.guard()
        if status not in MOVES[self.status]:
            words = {"before": STATUS_WORDS[self.status], "after": STATUS_WORDS[status]}
            raise NoSuchMove(_l("A ticket cannot go from “%(before)s” to “%(after)s”.", **words))
        before, self.status, self.status_at = self.status, status, now()
        self.episode += before in OVER and status in OPEN
        self.solved_at = (self.solved_at or now()) if status in OVER else None
        self.closed_at = now() if status == "closed" else None
        self.tell("ticket.status_changed", before=before, after=status)

    def solve(self) -> None:
        if self.status != "closed":
            self.set_status("solved")

    @property
    def closes_at(self) -> datetime | None:
        """When it closes by itself, unless its customer writes again."""
        days = current_tenant.ticket_close_days
        return self.status_at + timedelta(days=days) if self.status == "solved" and days else None

    def reopen(self, conversation: Conversation | None = None) -> None:
        """Work on it again, and in the (locked) conversation where answers go, so that one can answer. Raises Forsaken."""
        if self.status in OVER:
            self.set_status("open")
        if conversation:
            conversation.reopen()

    def revoke_links(self) -> None:
        """Links to the customer's page that are out open nothing any more, and pages opened by them hear nothing; nor do
        those to what was merged into it."""
        self.link_version += 1
        for part in db.session.scalars(select(Ticket).where(Ticket.merged_into_id == self.id)).all():
            part.revoke_links()
        current_tenant.touch_access()
        self.tell("ticket.links_revoked")

    def follow(self, person: Person) -> None:
        self.attach(TicketFollower, "ticket.followed", person_id=person.id)

    def unfollow(self, person: Person) -> None:
        self.detach(TicketFollower, "ticket.unfollowed", person_id=person.id)

    def tag(self, name: str) -> None:
        self.guard_forsaken()
        self.attach(TicketTag, "ticket.tagged", name=name.lower()[:LONGEST_TAG])

    def untag(self, name: str) -> None:
        self.detach(TicketTag, "ticket.untagged", name=name)

    def link(self, other: "Ticket", kind: str) -> None:
        """Raises Refused for a link to itself, and Forsaken."""
        self.guard_forsaken()
        if other.id == self.id:
            raise Refused(_l("A ticket cannot be linked to itself."))
        self.attach(TicketLink, "ticket.linked", other_id=other.id, kind=kind)

    def unlink(self, other_id: UUID, kind: str) -> None:
        self.detach(TicketLink, "ticket.unlinked", other_id=other_id, kind=kind)

    def add_item(self, text: str, due_at: datetime | None = None) -> ChecklistItem:
        self.guard_forsaken()
        item = ChecklistItem(id=uuid7(), ticket_id=self.id, text=text, due_at=due_at).save()
        self.tell("ticket.item_added")
        return item

    def plan(self, item: ChecklistItem, due_at: datetime | None) -> None:
        """By when one of its items is to be done."""
        self.guard_forsaken()
        if item.due_at != due_at:
            item.due_at = due_at
            self.tell("ticket.item_planned", item=str(item.id))

    def tick(self, item: ChecklistItem, by: Person, done: bool) -> None:
        """Mark one of its items as done, or as not done after all."""
        self.guard_forsaken()
        if done == (item.done_at is not None):
            return
        item.done_at, item.done_by_id = (now(), by.id) if done else (None, None)
        self.tell("ticket.item_ticked", item=str(item.id), done=done)

    def attach(self, part: Part, event: str, **values: Any) -> None:
        """Add a row that may stand once; a second time changes nothing."""
        row = {"tenant_id": self.tenant_id, "id": uuid7(), "ticket_id": self.id, **values}
        made = insert(part.__table__).values(row).on_conflict_do_nothing().returning(part.__table__.c.id)
        if db.session.execute(made).first():
            self.tell(event)

    def detach(self, part: Part, event: str, **values: Any) -> None:
        found = db.session.scalars(select(part.id).filter_by(ticket_id=self.id, **values)).all()
        if found:
            db.session.execute(delete(part).where(part.id.in_(found)))
            self.tell(event)

    def tell(self, event: str, **facts: Any) -> None:
        self.touched_at = now()
        record(event, self, **facts)


# Lists show the thirty that were changed last: of those that are open, some thousands with many of one employee, and of
# those that are over, which nearly all are.
IS_OPEN, IS_OVER, NEWEST = Ticket.status.in_(OPEN), Ticket.status.in_(OVER), (Ticket.touched_at, Ticket.id)
Index("ix_tickets_open", Ticket.tenant_id, *NEWEST, postgresql_where=IS_OPEN)
Index("ix_tickets_assignee", Ticket.tenant_id, Ticket.assignee_id, *NEWEST, postgresql_where=IS_OPEN)
Index("ix_tickets_department", Ticket.tenant_id, Ticket.department_id, *NEWEST, postgresql_where=IS_OPEN)
Index("ix_tickets_over", Ticket.tenant_id, *NEWEST, postgresql_where=IS_OVER)
Index("ix_tickets_over_created", Ticket.tenant_id, Ticket.created_at, Ticket.id, postgresql_where=IS_OVER)
Index("ix_tickets_solved", Ticket.tenant_id, Ticket.status_at, postgresql_where=Ticket.status == "solved")
Index("uq_tickets_external", Ticket.tenant_id, Ticket.external_id, unique=True,
      postgresql_where=Ticket.external_id.is_not(None))  # fmt: skip
Index("ix_tickets_search", Ticket.tenant_id, Ticket.search, postgresql_using="gin",
      postgresql_ops={"search": "gin_trgm_ops"})  # fmt: skip
