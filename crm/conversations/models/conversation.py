"""A conversation and its verbs. Verbs that change it expect it `locked` (see crm/db.py)."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Index, UniqueConstraint, false, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from ...accounts.models import Department, Employee, Person
from ...customers.models import Customer
from ...db import Record, belongs_to, db, now, reference, uuid7
from ...events import record
from ...numbers import next_number
from ...personal import empties, harms_nobody
from ...realtime import Topic
from ...references import index_where_known
from ...web import Refused
from .participant import Participant


class Closed(Refused):
    description = _l("This conversation is closed and takes no more messages.")


class AlreadyTaken(Refused):
    description = _l("Somebody else has taken this conversation.")


class Conversation(Record):
    """One thread with a customer, or between employees (`channel` internal).

    `status` is queued, open or closed. Its two counters number every change: `staff_position` all of them,
    `customer_position` those that the customer may see. Each closing ends an `episode`; reopening begins the next.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        reference("people", "customer_id"),
        reference("people", "assignee_id"),
        reference("people", "closed_by_id"),
        reference("departments", "department_id"),
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("tenant_id", "customer_id", "client_id"),
        CheckConstraint("status in ('queued', 'open', 'closed')", name="status"),
        Index("ix_conversations_inbox", "tenant_id", "status", "last_message_at", "id"),
        Index("ix_conversations_mine", "tenant_id", "assignee_id", "status", "last_message_at", "id"),
        Index("ix_conversations_queue", "tenant_id", "status", "department_id", "queued_at", "id"),
        Index("ix_conversations_customer", "tenant_id", "customer_id", "last_message_at", "id"),
        Index("ix_conversations_answered", "tenant_id", "department_id", "first_reply_at"),
        index_where_known("conversations", "closed_by", "closed_by_id"),
    )

    number: Mapped[int]
    channel: Mapped[str] = mapped_column(default="chat")
    status: Mapped[str] = mapped_column(default="queued")
    subject: Mapped[str] = mapped_column(default="")
    customer_id: Mapped[UUID | None]
    assignee_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    client_id: Mapped[UUID | None]
    episode: Mapped[int] = mapped_column(default=1)
    staff_position: Mapped[int] = mapped_column(default=0)
    customer_position: Mapped[int] = mapped_column(default=0)
    last_customer_seq: Mapped[int] = mapped_column(default=0)
    last_reply_seq: Mapped[int] = mapped_column(default=0)
    last_message_at: Mapped[datetime] = mapped_column(default=now)
    preview: Mapped[str] = mapped_column(default="")
    queued_at: Mapped[datetime | None] = mapped_column(default=now)
    queued_place: Mapped[int] = mapped_column(default=1)
    accepted_at: Mapped[datetime | None]
    first_reply_at: Mapped[datetime | None]
    left_message_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[UUID | None]
    # When it waited too long in one department and was passed on to another; once in an episode.
    overflowed_at: Mapped[datetime | None]
    page_url: Mapped[str] = mapped_column(default="")
    # Whether a feature to the right wants to hear of everything said here: then it is told as `message.tracked`.
    tracked: Mapped[bool] = mapped_column(default=False, server_default=false())

    customer: Mapped[Customer | None] = belongs_to("Customer", "Conversation.customer_id")
    assignee: Mapped[Employee | None] = belongs_to("Employee", "Conversation.assignee_id")
    department: Mapped[Department | None] = belongs_to("Department", "Conversation.department_id")

    @property
    def is_internal(self) -> bool:
        """Whether it is between employees: no customer, no queue, no ratings."""
        return self.channel == "internal"

    @property
    def is_forsaken(self) -> bool:
        """Whether its customer was erased: what is written here reaches nobody."""
        return self.customer_id is not None and self.customer is None

    def guard_forsaken(self) -> None:
        """Raises Closed when its customer was erased."""
        if self.status == "closed" and self.is_forsaken:
            raise Closed(_l("The customer was erased: what you write would reach nobody."))

    @property
    def said_as(self) -> str:
        """The kind of what employees say here to the other side."""
        return "chat" if self.is_internal else self.channel

    @property
    def topic(self) -> Topic:
        return Topic(self.tenant_id, "conversation", self.id)

    @property
    def customer_topic(self) -> Topic:
        return Topic(self.tenant_id, "conversation", self.id, "customer")

    @classmethod
    def begin(cls, customer: Customer, department: Department | None, client_id: UUID, page_url: str = "",
              channel: str = "chat", subject: str = "") -> Self:  # fmt: skip
        """Queue a customer's new conversation; the one begun with this `client_id` when there is one already."""
        from ..queue import place_of_next

        Customer.locked(id=customer.id)  # two requests with one client_id: the second waits and finds the first
        known = cls.first(customer_id=customer.id, client_id=client_id)
        if known:
            return known
        conversation = cls(number=next_number("conversations"), client_id=client_id, page_url=page_url)
        conversation.channel, conversation.subject = channel, subject
        conversation.customer_id, conversation.department_id = customer.id, department.id if department else None
        conversation.queued_place = place_of_next(conversation.department_id)
        conversation.save()
        db.session.flush()
        record("conversation.queued", conversation)
        return conversation

    @classmethod
    def begin_internal(cls, opener: Employee, colleague: Employee) -> Self:
        """The conversation between two employees: found when they have one, else opened. Raises Refused for oneself."""
        if opener.id == colleague.id:
            raise Refused(_l("Choose a colleague, not yourself."))
        for id in sorted([opener.id, colleague.id]):  # in one order, so that two at once cannot wait for each other
            Person.locked(id=id)
        mine = select(Participant.conversation_id).where(Participant.person_id == opener.id)
        theirs = select(Participant.conversation_id).where(Participant.person_id == colleague.id)
        query = select(cls).where(cls.channel == "internal", cls.id.in_(mine), cls.id.in_(theirs))
        known = db.session.scalars(query).first()
        if known:
            return known
        conversation = cls(number=next_number("conversations"), channel="internal", status="open", queued_at=None)
        conversation.save()
        db.session.flush()
        for person in {opener.id, colleague.id}:
            Participant(conversation_id=conversation.id, person_id=person).save()
        record("conversation.opened", conversation)
        return conversation

    @classmethod
    def begin_notes(cls, department: Department | None) -> Self:
        """Where colleagues write to each other about something that has no conversation with a customer: it takes notes
        alone, waits for nobody and stands in no list."""
        notes = cls(
            number=next_number("conversations"), channel="notes", status="closed", queued_at=None, closed_at=now()
        )
        notes.department_id = department.id if department else None
        notes.save()
        db.session.flush()
        record("conversation.opened", notes)
        return notes

    def accept(self, employee: Employee) -> None:
        """Take it out of the queue. Raises AlreadyTaken, which names who has it, and Closed."""
        if self.assignee_id == employee.id and self.status == "open":
            return
        if self.status == "closed":
            raise Closed()
        if self.assignee_id and self.assignee:
            raise AlreadyTaken(_l("%(name)s has taken this conversation.", name=self.assignee.shown_name))
        self.assign(employee)

    def assign(self, employee: Employee, by: Employee | None = None) -> None:
        """Make `employee` responsible; `by` is who gave it to them. Raises Closed."""
        if self.status == "closed":
            raise Closed()
        if self.assignee_id == employee.id:
            return
        before, self.assignee_id, self.assignee = self.assignee_id, employee.id, employee
        self.status, self.accepted_at = "open", self.accepted_at or now()
        self.join(employee)
        facts = {"event": "transferred" if before or by else "accepted", "name": employee.shown_name}
        self.say(facts, public=True)
        record("conversation.assigned", self, assignee=str(employee.id), before=str(before) if before else None)

    def hand_to(self, department: Department) -> None:
        """Put it back into the queue of another department, at the place its waiting time gives it. Raises Closed."""
        if self.status == "closed":
            raise Closed()
        if self.status == "queued" and self.department_id == department.id:
            return
        self.status, self.assignee_id, self.assignee, self.department_id = "queued", None, None, department.id
        self.queued_at = now()
        self.say({"event": "handed", "name": department.name}, public=True)
        record("conversation.queued", self)

    def put_back(self, department_id: UUID | None) -> None:
        """Queue it again without the one who had it, at the place its old waiting time gives it."""
        if self.status == "closed" or self.is_internal:
            return
        self.status, self.assignee_id, self.assignee, self.department_id = "queued", None, None, department_id
        self.say({"event": "put_back"}, public=True)
        record("conversation.queued", self)

    def close(self, by: Person) -> None:
        """End the episode. Closing twice does nothing the second time."""
        from .rating import Rating

        if self.status == "closed":
            return
        self.status, self.closed_at, self.closed_by_id = "closed", now(), by.id
        self.say({"event": "closed", "by": by.kind, "name": by.shown_name}, public=True)
        if not self.is_internal:
            Rating.ask(self)
        record("conversation.closed", self, episode=self.episode, number=self.number)

    def reopen(self) -> None:
        """Begin a new episode: with its assignee when there is one who still works here, else in the queue.

        Raises Closed when its customer was erased.
        """
        if self.status != "closed":
            return
        self.guard_forsaken()
        keeps = self.assignee is not None and self.assignee.is_active
        self.status = "open" if keeps or self.is_internal else "queued"
        self.assignee_id = self.assignee_id if keeps else None
        self.closed_at = self.closed_by_id = self.first_reply_at = self.overflowed_at = None
        self.episode, self.queued_at = self.episode + 1, now()
        self.say({"event": "reopened"}, public=True)
        record("conversation.reopened", self, episode=self.episode)

    def leave_message(self) -> None:
        """The customer does not wait: the answer goes to their address too. The place in the queue is kept."""
        if self.left_message_at is None and self.status == "queued":
            self.left_message_at = now()
            self.say({"event": "left_message"}, public=True)
            record("conversation.message_left", self)

    def join(self, person: Person) -> None:
        """Make `person` a participant; being one already changes nothing."""
        values = {"tenant_id": self.tenant_id, "id": uuid7(), "conversation_id": self.id, "person_id": person.id}
        db.session.execute(insert(Participant.__table__).values(values).on_conflict_do_nothing())

    def say(self, facts: dict[str, Any], public: bool) -> None:
        """A line of the system's in the thread, as facts: each reader's page words it in their language."""
        from .writing import write_message

        db.session.flush()
        write_message(self, sender=None, kind="system", body="", client_id=uuid7(), public=public, facts=facts)

    def read_by(self, person: Person, seq: int) -> bool:
        """Remember that `person` has seen everything up to `seq`; returns whether that is news."""
        seq = min(seq, self.staff_position)
        values = {"tenant_id": self.tenant_id, "id": uuid7(), "conversation_id": self.id, "person_id": person.id}
        query = insert(Participant.__table__).values(**values, last_read_seq=seq)
        query = query.on_conflict_do_update(
            index_elements=["tenant_id", "conversation_id", "person_id"],
            set_={"last_read_seq": seq},
            where=Participant.__table__.c.last_read_seq < seq,
        )
        return db.session.execute(query.returning(Participant.__table__.c.id)).first() is not None

    def may_be_seen_by(self, employee: Employee) -> bool:
        """Conversations with customers are everybody's; one between employees is theirs alone."""
        return not self.is_internal or Participant.first(conversation_id=self.id, person_id=employee.id) is not None


Index("ix_conversations_internal", Conversation.tenant_id, Conversation.id,
      postgresql_where=Conversation.channel == "internal")  # fmt: skip


empties("conversations", _l("Conversations"), subject="", preview="", page_url="", status="closed", queued_at=None,
        closed_at=lambda table: func.coalesce(table.c.closed_at, func.now()))  # fmt: skip
harms_nobody("conversations", "channel")
