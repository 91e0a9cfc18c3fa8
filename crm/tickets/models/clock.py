"""A ticket's clocks: how long until somebody must have answered or solved it. They count open time of its department."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from ...accounts.hours import Calendar, add_working, working_between
from ...db import Record, db, reference
from ...personal import harms_nobody

WARNED_AFTER = 0.75  # of what is allowed


class TicketClock(Record):
    """One of `policy.KINDS`: not started, running, paused or met. `allowed` and `spent` are seconds of open time.

    `spent` is what had passed when it last began to run; `due_at` and `warn_at` are set while it runs. `heard_at` is the
    newest change of status that it knows: what is told late or twice is not counted twice.
    """

    __tablename__ = "ticket_clocks"
    __table_args__ = (
        reference("tickets", "ticket_id", ondelete="CASCADE"),
        reference("departments", "department_id"),
        UniqueConstraint("tenant_id", "ticket_id", "kind"),
        CheckConstraint("kind in ('first', 'next', 'solution')", name="kind"),
    )

    ticket_id: Mapped[UUID]
    department_id: Mapped[UUID | None]
    kind: Mapped[str]
    allowed: Mapped[int]
    spent: Mapped[float] = mapped_column(default=0.0, server_default="0")
    started_at: Mapped[datetime | None]
    running_since: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    warn_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    broken_at: Mapped[datetime | None]
    met_at: Mapped[datetime | None]

    @classmethod
    def of(cls, ticket_id: UUID) -> list["TicketClock"]:
        return list(db.session.scalars(select(cls).where(cls.ticket_id == ticket_id).order_by(cls.kind)).all())

    @property
    def left(self) -> float:
        """Seconds of open time left when it was last started or paused; not below 0."""
        return max(self.allowed - self.spent, 0.0)

    def start(self, at: datetime, calendar: Calendar, running: bool) -> None:
        """Begin anew, when it does not count already. What was met after `at` was told late."""
        if (self.started_at and not self.met_at) or (self.met_at and at <= self.met_at):
            return
        self.started_at, self.spent = at, 0.0
        self.met_at = self.warned_at = self.broken_at = None
        if running:
            self.run(at, calendar)

    def run(self, at: datetime, calendar: Calendar) -> None:
        if self.running_since is None:
            self.running_since = at
            self.plan(calendar)

    def plan(self, calendar: Calendar) -> None:
        """Say when it warns and breaks, while it runs."""
        if self.running_since:
            early = max(self.allowed * WARNED_AFTER - self.spent, 0.0)
            self.warn_at = add_working(calendar, self.running_since, early)
            self.due_at = add_working(calendar, self.running_since, self.left)

    def pause(self, at: datetime, calendar: Calendar) -> None:
        if self.running_since:
            self.spent += working_between(calendar, self.running_since, at)
            self.running_since = self.warn_at = self.due_at = None

    def meet(self, at: datetime, calendar: Calendar) -> None:
        """Done; too late when it was due before."""
        if self.started_at is None or self.met_at or at < self.started_at:
            return
        due = self.due_at
        self.pause(at, calendar)
        self.met_at = at
        if due:
            self.broken_at = min(due, self.broken_at or due) if at > due else None

    def reopen(self, at: datetime, calendar: Calendar) -> None:
        """Count on: what was met is not, and what was paused runs."""
        if self.started_at:
            self.met_at = None
            self.run(at, calendar)

    def allow(self, seconds: int, calendar: Calendar) -> None:
        """Something else is promised now; what has passed stays."""
        if seconds != self.allowed:
            self.allowed, self.warned_at, self.broken_at = seconds, None, None
            self.plan(calendar)


Index("ix_ticket_clocks_warn", TicketClock.tenant_id, TicketClock.warn_at,
      postgresql_where=TicketClock.warned_at.is_(None))  # fmt: skip
Index("ix_ticket_clocks_due", TicketClock.tenant_id, TicketClock.due_at,
      postgresql_where=TicketClock.broken_at.is_(None))  # fmt: skip


harms_nobody("ticket_clocks", "kind")
