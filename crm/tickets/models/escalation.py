"""The ladder: whom a department tells when a promise is about to break, and who was told, one after the other."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from ...accounts.models import Employee
from ...conversations.models import Conversation
from ...db import Record, belongs_to, db, now, reference, uuid7
from ...events import record
from ...personal import harms_nobody, only_staff
from .ticket import Ticket

WHOM = ("assignee", "leads", "person")


class EscalationStep(Record):
    """`after_minutes` of open time after the warning, who is told: the ticket's person, the team leads, or somebody."""

    __tablename__ = "escalation_steps"
    __table_args__ = (
        reference("departments", "department_id", ondelete="CASCADE"),
        reference("people", "person_id"),
        CheckConstraint("whom in ('assignee', 'leads', 'person')", name="whom"),
        Index("ix_escalation_steps_department", "tenant_id", "department_id", "after_minutes", "id"),
    )

    department_id: Mapped[UUID]
    after_minutes: Mapped[int]
    whom: Mapped[str]
    person_id: Mapped[UUID | None]

    person: Mapped[Employee | None] = belongs_to("Employee", "EscalationStep.person_id")

    @classmethod
    def of(cls, department_id: UUID | None) -> list["EscalationStep"]:
        query = select(cls).where(cls.department_id == department_id).order_by(cls.after_minutes, cls.id)
        return list(db.session.scalars(query.limit(50)).all()) if department_id else []

    def people(self, about: Any) -> list[Employee]:
        """Those who work here now, for a Ticket or a Conversation; nobody has one that waits, so that step tells nobody."""
        query = select(Employee).where(Employee.deactivated_at.is_(None)).order_by(Employee.id)
        if self.whom == "leads":
            here = or_(Employee.department_id == self.department_id, Employee.department_id.is_(None))
            query = query.where(Employee.role == "lead", here)
        else:
            query = query.where(Employee.id == (about.assignee_id if self.whom == "assignee" else self.person_id))
        return list(db.session.scalars(query.limit(50)).all())


class Escalation(Record):
    """One climb up the ladder: for a ticket, because of one of its clocks, or for a conversation that waits too long
    (`kind` waiting). It ends when somebody takes care of it.

    `climbed` are the minutes of the last step that was taken, -1 before the first; `next_at` is when the next one is due,
    None after the last. `ended_at` without `acknowledged_at`: it was answered or solved, or the customer is awaited.
    """

    __tablename__ = "escalations"
    __table_args__ = (
        reference("tickets", "ticket_id", ondelete="CASCADE"),
        reference("conversations", "conversation_id", ondelete="CASCADE"),
        reference("people", "acknowledged_by_id"),
        CheckConstraint("num_nonnulls(ticket_id, conversation_id) = 1", name="about"),
        Index("ix_escalations_ticket", "tenant_id", "ticket_id", "id"),
    )

    ticket_id: Mapped[UUID | None]
    conversation_id: Mapped[UUID | None]
    kind: Mapped[str]
    climbed: Mapped[int] = mapped_column(default=-1, server_default="-1")
    next_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by_id: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]

    ticket: Mapped[Ticket | None] = belongs_to("Ticket", "Escalation.ticket_id")
    conversation: Mapped[Conversation | None] = belongs_to("Conversation", "Escalation.conversation_id")
    acknowledged_by: Mapped[Employee | None] = belongs_to("Employee", "Escalation.acknowledged_by_id")

    @property
    def about(self) -> Any:
        """The Ticket or the Conversation."""
        return self.ticket or self.conversation

    @classmethod
    def begin(cls, tenant_id: UUID, kind: str, **about: UUID) -> None:
        """With `ticket_id` or `conversation_id`. One at a time for each: while one goes on nothing happens."""
        row = {"tenant_id": tenant_id, "id": uuid7(), "kind": kind, "next_at": now(), **about}
        db.session.execute(insert(cls.__table__).values(row).on_conflict_do_nothing())

    @classmethod
    def going_on(cls, ticket_id: UUID) -> "Escalation | None":
        query = select(cls).where(cls.ticket_id == ticket_id, cls.ended_at.is_(None)).with_for_update(key_share=True)
        return db.session.scalars(query.execution_options(populate_existing=True)).first()

    def tell(self, person: Employee, step: EscalationStep) -> None:
        """Once in a climb: who stands on two steps is told by the first."""
        row = {"tenant_id": self.tenant_id, "id": uuid7(), "escalation_id": self.id, "person_id": person.id}
        table = EscalationNotice.__table__
        query = insert(table).values(**row, after_minutes=step.after_minutes)
        if db.session.execute(query.on_conflict_do_nothing().returning(table.c.id)).first():
            facts = {"person": str(person.id), "escalation": str(self.id), "kind": self.kind}
            record("escalation.raised", self.about, **facts)
            self.tell_thread(person)

    def tell_thread(self, person: Employee) -> None:
        """A conversation, which is locked, has no trail beside it: who was told stands in it, for the staff alone."""
        if self.conversation:
            self.conversation.say({"event": "escalated", "name": person.shown_name}, public=False)

    def acknowledge(self, by: Employee) -> None:
        """Somebody takes care: nobody else is told."""
        if self.ended_at is None:
            self.acknowledged_at, self.acknowledged_by_id = now(), by.id
            self.end()
            record("escalation.acknowledged", self.about, person=str(by.id), escalation=str(self.id))

    def end(self) -> None:
        self.ended_at, self.next_at = self.ended_at or now(), None


Index("uq_escalations_going_on", Escalation.tenant_id, Escalation.ticket_id, unique=True,
      postgresql_where=Escalation.ended_at.is_(None))  # fmt: skip
Index("uq_escalations_waiting", Escalation.tenant_id, Escalation.conversation_id, unique=True,
      postgresql_where=Escalation.ended_at.is_(None) & Escalation.conversation_id.is_not(None))  # fmt: skip
Index("ix_escalations_conversation", Escalation.tenant_id, Escalation.conversation_id, Escalation.created_at,
      postgresql_where=Escalation.conversation_id.is_not(None))  # fmt: skip
Index("ix_escalations_next", Escalation.tenant_id, Escalation.next_at, postgresql_where=Escalation.ended_at.is_(None))


class EscalationNotice(Record):
    """That somebody was told, when, and on which step."""

    __tablename__ = "escalation_notices"
    __table_args__ = (
        reference("escalations", "escalation_id", ondelete="CASCADE"),
        reference("people", "person_id"),
        UniqueConstraint("tenant_id", "escalation_id", "person_id"),
    )

    escalation_id: Mapped[UUID]
    person_id: Mapped[UUID]
    after_minutes: Mapped[int]

    person: Mapped[Employee] = belongs_to("Employee", "EscalationNotice.person_id")


harms_nobody("escalations", "kind")
only_staff("escalation_steps.person_id")
