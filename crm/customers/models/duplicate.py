"""Pairs of customers and of companies that may be one, what was decided of each, and the looking for them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, and_, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, belongs_to, db, now, reference
from ...events import record
from ...personal import goes, only_staff
from ...references import ends
from .company import Company
from .customer import Customer

LATER = timedelta(days=30)
STATES = ("found", "different", "later")


class Pair(Record):
    """Two of a kind, the elder first, who are `points` of 100 alike: `why` says in what (name, email, domain, phone, address).

    `different` was decided by somebody and is never asked again, `later` is asked again after a month.
    """

    __abstract__ = True

    one_id: Mapped[UUID]
    other_id: Mapped[UUID]
    points: Mapped[int]
    why: Mapped[list[str]]
    state: Mapped[str] = mapped_column(default="found", server_default="found")
    seen_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_by_id: Mapped[UUID | None] = mapped_column(default=None)

    @classmethod
    def open_ones(cls) -> Any:
        """Which are to be looked at."""
        again = and_(cls.state == "later", cls.decided_at < now() - LATER)
        return select(cls).where(or_(cls.state == "found", again))

    def decide(self, state: str, by: Any) -> None:
        if state != self.state:
            self.state, self.decided_at, self.decided_by_id = state, now(), by.id
            record("duplicate.decided", self, state=state)


def keys(table: str, of: str) -> tuple[Any, ...]:
    """The constraints and indexes of the pairs of one table's rows."""
    return (
        reference(of, "one_id", ondelete="CASCADE"),
        reference(of, "other_id", ondelete="CASCADE"),
        reference("people", "decided_by_id"),
        UniqueConstraint("tenant_id", "one_id", "other_id"),
        CheckConstraint("state in ('found', 'different', 'later')", name="state"),
        CheckConstraint("one_id < other_id", name="elder"),
        Index(f"ix_{table}_other", "tenant_id", "other_id"),
        Index(f"ix_{table}_state", "tenant_id", "state", "points", "id"),
    )


class DuplicatePair(Pair):
    """Two customers who may be one person."""

    __tablename__ = "duplicate_pairs"
    __table_args__ = keys("duplicate_pairs", of="people")

    one: Mapped[Customer] = belongs_to("Customer", "DuplicatePair.one_id")
    other: Mapped[Customer] = belongs_to("Customer", "DuplicatePair.other_id")


class CompanyPair(Pair):
    """Two companies that may be one."""

    __tablename__ = "company_pairs"
    __table_args__ = keys("company_pairs", of="companies")

    one: Mapped[Company] = belongs_to("Company", "CompanyPair.one_id")
    other: Mapped[Company] = belongs_to("Company", "CompanyPair.other_id")


class DuplicateSearch(Record):
    """One look at all customers and companies, by the clock every night or because somebody asked. Its row is its only state."""

    __tablename__ = "duplicate_searches"
    __table_args__ = (
        reference("people", "asked_by_id"),
        Index("ix_duplicate_searches_open", "tenant_id", "finished_at", "id"),
    )

    asked_by_id: Mapped[UUID | None]
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    customers: Mapped[int] = mapped_column(default=0)
    pairs: Mapped[int] = mapped_column(default=0)
    companies: Mapped[int] = mapped_column(default=0, server_default="0")
    company_pairs: Mapped[int] = mapped_column(default=0, server_default="0")

    @classmethod
    def ask(cls, by: Any = None) -> "DuplicateSearch":
        """The one that is not over yet, else a new one."""
        running = db.session.scalars(select(cls).where(cls.finished_at.is_(None)).limit(1)).first()
        if running:
            return running
        search = cls(asked_by_id=by.id if by else None).save()
        record("duplicates.wanted", search)
        return search

    @classmethod
    def last(cls) -> "DuplicateSearch | None":
        return db.session.scalars(select(cls).order_by(cls.id.desc()).limit(1)).first()


ends("duplicate_pairs.one_id", "duplicate_pairs.other_id", "company_pairs.one_id", "company_pairs.other_id")
only_staff("company_pairs.decided_by_id")
goes("duplicate_pairs")
