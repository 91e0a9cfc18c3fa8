"""What somebody has to do by a time: call a customer back."""

from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Index, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from ...accounts.calendars import calendar_of
from ...accounts.hours import add_working
from ...accounts.models import Department, Employee
from ...customers.models import Customer
from ...db import Record, belongs_to, db, now, reference
from ...events import record
from ...personal import goes
from ...web import Refused
from .call import Call
from .conversation import Conversation

WITHIN_SECONDS = 3600  # of open time, in which a missed call is returned


class TaskTaken(Refused):
    description = _l("Somebody else does this already. Load the page again and look.")


class Task(Record):
    """A call to make. `reason` is missed (they reached nobody), asked (by them) or ours (an employee wants to).

    Without an `owner` it is for whoever of the department is first. `key` makes it once for what it is made of.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        reference("people", "customer_id", ondelete="CASCADE"),
        reference("people", "owner_id"),
        reference("people", "done_by_id"),
        reference("departments", "department_id"),
        reference("conversations", "conversation_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "key"),
        CheckConstraint("reason in ('missed', 'asked', 'ours')", name="reason"),
        Index("ix_tasks_open", "tenant_id", "done_at", "due_at", "id"),
        Index("ix_tasks_customer", "tenant_id", "customer_id", "done_at"),
    )

    reason: Mapped[str]
    customer_id: Mapped[UUID]
    conversation_id: Mapped[UUID | None]
    number: Mapped[str]
    owner_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    due_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="", server_default="")
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[UUID | None]
    key: Mapped[str | None]

    customer: Mapped[Customer] = belongs_to("Customer", "Task.customer_id")
    owner: Mapped[Employee | None] = belongs_to("Employee", "Task.owner_id")
    department: Mapped[Department | None] = belongs_to("Department", "Task.department_id")
    conversation: Mapped[Conversation | None] = belongs_to("Conversation", "Task.conversation_id")

    @classmethod
    def open(cls, customer: Customer, number: str, reason: str, due_at: datetime, **facts: Any) -> Self:
        task = cls(customer_id=customer.id, number=number, reason=reason, due_at=due_at, **facts).save()
        db.session.flush()
        record("task.opened", task, owner=str(task.owner_id) if task.owner_id else None)
        return task

    @classmethod
    def ask(cls, customer: Customer, number: str, due_at: datetime, **facts: Any) -> Self:
        """What a customer asks for; asked again for the same number it is the same one, at the new time."""
        Customer.locked(id=customer.id)
        known = db.session.scalars(cls.waiting(cls.customer_id == customer.id, cls.number == number)).first()
        if known is None:
            return cls.open(customer, number, "asked", due_at, **facts)
        known.due_at, known.note = due_at, facts.get("note") or known.note
        record("task.changed", known)
        return known

    @classmethod
    def of(cls, call: Call) -> Self | None:
        """What is to be done about a missed call, made when there is nothing yet. One without a number cannot be returned."""
        key = f"missed:{call.id}"
        known = cls.first(key=key)
        customer = call.conversation.customer
        if known or customer is None or not call.number or customer.blocked_at:
            return known
        owner = call.employee_id or active(customer.owner_id)
        call.conversation.assignee_id = call.conversation.assignee_id or owner
        facts = {"owner_id": owner, "department_id": call.department_id, "conversation_id": call.conversation_id}
        return cls.open(customer, call.number, "missed", soon(call.department_id), key=key, **facts)

    @classmethod
    def settle(cls, call: Call) -> None:
        """Somebody talked with them: what waited for that is done."""
        if not call.number:
            return
        theirs = or_(cls.customer_id == call.conversation.customer_id, cls.number == call.number)
        for task in db.session.scalars(cls.waiting(theirs)).all():
            task.finish(call.employee)

    @classmethod
    def waiting(cls, *conditions: Any) -> Any:
        return select(cls).where(cls.done_at.is_(None), *conditions).order_by(cls.due_at, cls.id)

    def take(self, employee: Employee) -> None:
        """Raises TaskTaken when it is somebody else's, and when it is done."""
        if self.done_at or (self.owner_id and self.owner_id != employee.id):
            raise TaskTaken()
        self.give(employee)

    def give(self, employee: Employee) -> None:
        if self.done_at:
            raise TaskTaken()
        if self.owner_id != employee.id:
            self.owner_id, self.owner = employee.id, employee
            if self.conversation and self.conversation.channel == "phone":
                self.conversation.assignee_id = employee.id
            record("task.taken", self)

    def plan(self, due_at: datetime) -> None:
        """By when. Raises TaskTaken when it is done."""
        if self.done_at:
            raise TaskTaken()
        if self.due_at != due_at:
            self.due_at = due_at
            record("task.changed", self)

    def finish(self, by: Employee | None, note: str = "") -> None:
        """The conversation of a missed call ends with it."""
        if self.done_at is not None:
            return
        self.done_at, self.done_by_id, self.note = now(), by.id if by else None, note or self.note
        if self.conversation and self.conversation.channel == "phone" and self.conversation.status == "open":
            self.conversation.status, self.conversation.closed_at = "closed", now()
            self.conversation.closed_by_id = self.done_by_id
        record("task.done", self)


def active(employee_id: UUID | None) -> UUID | None:
    employee = Employee.first(id=employee_id, deactivated_at=None) if employee_id else None
    return employee.id if employee else None


def soon(department_id: UUID | None) -> datetime:
    """Within an hour in which the department works."""
    return add_working(calendar_of(department_id), now(), WITHIN_SECONDS) or now() + timedelta(seconds=WITHIN_SECONDS)


goes("tasks", _l("Calls to return"))
