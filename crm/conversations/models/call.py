"""A telephone call: what a conversation of the channel phone is about."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, cast
from sqlalchemy.orm import Mapped, mapped_column

from ...accounts.models import Employee, Person
from ...customers.models import Customer
from ...db import Record, belongs_to, db, now, reference, uuid7
from ...events import record
from ...numbers import next_number
from ...personal import empties, harms_nobody
from ...phones import phone_as_written
from ...references import index_where_known
from .conversation import Conversation
from .message import Message

DIRECTIONS = ("in", "out")
OUTCOMES = ("answered", "missed", "busy", "voicemail", "failed")
BY_HAND = "hand"
LONGEST_SECONDS = 24 * 3600


class Call(Record):
    """One call, the only one of its conversation; what was said stands there as notes.

    `direction` is in or out; `number` the other side's as E.164, "" when it was withheld; `line` which of ours it was.
    `state` is ringing, answered or ended, and an ended call has an `outcome`, one of OUTCOMES. `employee` is who is rung,
    or who talked. `source` and `external_id` name it once: who told of it, and what they call it.
    """

    __tablename__ = "calls"
    __table_args__ = (
        reference("conversations", "conversation_id", ondelete="CASCADE"),
        reference("people", "employee_id"),
        reference("departments", "department_id"),
        UniqueConstraint("tenant_id", "conversation_id"),
        UniqueConstraint("tenant_id", "source", "external_id"),
        CheckConstraint("direction in ('in', 'out')", name="direction"),
        CheckConstraint("state in ('ringing', 'answered', 'ended')", name="state"),
        CheckConstraint("outcome in ('answered', 'missed', 'busy', 'voicemail', 'failed')", name="outcome"),
        Index("ix_calls_going_on", "tenant_id", "state", "started_at"),
        index_where_known("calls", "employee", "employee_id"),
    )

    conversation_id: Mapped[UUID]
    direction: Mapped[str]
    number: Mapped[str] = mapped_column(default="", server_default="")
    line: Mapped[str] = mapped_column(default="", server_default="")
    source: Mapped[str]
    external_id: Mapped[str]
    state: Mapped[str] = mapped_column(default="ringing")
    outcome: Mapped[str | None]
    employee_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    started_at: Mapped[datetime] = mapped_column(default=now)
    answered_at: Mapped[datetime | None]
    seconds: Mapped[int | None]
    recording_url: Mapped[str] = mapped_column(default="", server_default="")
    # Whether its telephone exchange tells of each telephone that rings: then the line itself is picked up by a machine.
    has_legs: Mapped[bool] = mapped_column(default=False, server_default="false")

    conversation: Mapped[Conversation] = belongs_to("Conversation", "Call.conversation_id")
    employee: Mapped[Employee | None] = belongs_to("Employee", "Call.employee_id")

    @classmethod
    def of(cls, conversation: Conversation) -> "Call | None":
        return cls.first(conversation_id=conversation.id) if conversation.channel == "phone" else None

    @classmethod
    def begin(cls, customer: Customer, **facts: Any) -> Self:
        """A call with its conversation, as far as is known: `facts` are columns. The caller makes sure it is new."""
        call = cls(id=uuid7(), **facts)
        call.conversation = begin_conversation(call, customer)
        call.conversation_id = call.conversation.id
        call.save()
        db.session.flush()
        write_line(call, customer)
        return call

    @classmethod
    def log(
        cls, employee: Employee, customer: Customer, client_id: UUID, outcome: str, seconds: int, **facts: Any
    ) -> Self:
        """A call that `employee` enters by hand when it is over. Look first whether it is `logged` already."""
        facts |= {"source": BY_HAND, "external_id": str(client_id), "employee_id": employee.id}
        call = cls.begin(customer, department_id=employee.department_id, **facts)
        call.end(outcome, seconds if outcome in ("answered", "voicemail") else None)
        record("call.logged", call)
        return call

    @classmethod
    def logged(cls, employee: Employee, client_id: UUID) -> Self | None:
        """The call that was entered with this `client_id`. Of two requests at once the second waits and finds the first's."""
        Person.locked(id=employee.id)
        return cls.first(source=BY_HAND, external_id=str(client_id))

    @property
    def message(self) -> Message:
        """Its line in the thread."""
        return Message.find(conversation_id=self.conversation_id, client_id=self.id)

    def answer(self, employee: Employee | None, at: datetime) -> None:
        """Somebody picked up. Told again, or after it ended, it changes only who it was."""
        if employee:
            self.employee_id, self.employee = employee.id, employee
        self.answered_at = self.answered_at or at
        if self.state == "ringing":
            self.state = "answered"
            record("call.answered", self)
        self.tell()

    def end(self, outcome: str, seconds: int | None) -> None:
        """It is over, or more is known of how it went. Its conversation closes unless somebody has to call back."""
        news, awaited = (self.state, self.outcome) != ("ended", outcome), self.awaits_us
        self.state, self.outcome = "ended", outcome
        self.seconds = seconds if seconds is not None else self.seconds
        if news and not (awaited and self.awaits_us):
            self.settle()
        self.tell()
        if news:
            self.follow()
            record("call.ended", self, outcome=outcome)

    def settle(self) -> None:
        conversation, over = self.conversation, not self.awaits_us
        conversation.status, conversation.closed_at = ("closed", now()) if over else ("open", None)
        conversation.closed_by_id = self.employee_id if over else None

    def follow(self) -> None:
        """A missed call is to be returned; one in which somebody talked is what was waited for."""
        from .task import Task

        if self.awaits_us:
            Task.of(self)
        elif self.outcome == "answered":
            Task.settle(self)

    @property
    def awaits_us(self) -> bool:
        """Whether somebody called and reached nobody."""
        return self.state == "ended" and self.direction == "in" and self.outcome != "answered"

    def tell(self) -> None:
        """Make the line in the thread, and what lists show, say what is known by now."""
        conversation, line = self.conversation, self.message
        if self.employee_id and conversation.assignee_id is None:
            conversation.assignee_id = self.employee_id
        if (self.state == "answered" or self.outcome == "answered") and conversation.last_reply_seq < line.seq:
            conversation.last_reply_seq = line.seq
            conversation.first_reply_at = conversation.first_reply_at or self.answered_at or now()
        db.session.flush()
        if (line.facts, line.body) == (self.facts, self.body):
            return
        line.facts, line.body = self.facts, self.body
        line.bump()
        record("message.edited", line)

    @property
    def duration(self) -> str:
        return clock(self.seconds)

    @property
    def body(self) -> str:
        """What lists show of it: words of nobody's language."""
        return " · ".join(filter(None, [phone_as_written(self.number), self.duration]))

    @property
    def facts(self) -> dict[str, Any]:
        """What its line in the thread is worded from."""
        name = self.employee.shown_name if self.employee_id and self.employee else ""
        known = {"direction": self.direction, "state": self.state, "outcome": self.outcome, "number": self.number}
        return {"call": str(self.id), **known, "seconds": self.seconds, "name": name}


def begin_conversation(call: Call, customer: Customer) -> Conversation:
    """Nobody queues for it: a call is answered at once or not at all."""
    conversation = Conversation(number=next_number("conversations"), channel="phone", status="open", queued_at=None)
    conversation.customer_id, conversation.department_id = customer.id, call.department_id
    conversation.assignee_id, conversation.accepted_at = call.employee_id, call.started_at
    conversation.save()
    db.session.flush()
    return conversation


def write_line(call: Call, customer: Customer) -> None:
    from .writing import write_message

    ours = call.direction == "out" and call.employee
    write_message(call.conversation, ours or customer, "phone", call.body, call.id, public=True, facts=call.facts)


def clock(seconds: int | None) -> str:
    """4:05, 1:02:03; nothing when it is not known."""
    if seconds is None:
        return ""
    minutes, left = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


empties("calls", _l("Calls, without number and recording"), number="", recording_url="",
        external_id=lambda table: cast(table.c.id, String))  # fmt: skip
harms_nobody("calls", "direction", "line", "source", "state", "outcome")
