"""That a person is to be erased, or was, by whom and when: all that is left to say of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from ...accounts.models import Person
from ...db import Record, belongs_to, db, reference
from ...events import record
from ...personal import harms_nobody
from ...references import stays
from .customer import Customer
from .errand import Errand


class ErasedCustomer(Person):
    """Whom nobody knows any more. The row stays because what the law wants kept names it."""

    __mapper_args__ = {"polymorphic_identity": "erased", "polymorphic_load": "inline"}

    @property
    def shown_name(self) -> str:
        return f"#{self.id.hex[-6:]}"


class Erasure(Errand):
    """`counts` is {table: how many rows} of what is to be done, or was; `files` are those that are still to be removed, until
    `finished_at`."""

    __tablename__ = "erasures"
    __table_args__ = (
        reference("people", "customer_id"),
        reference("people", "by_id"),
        UniqueConstraint("tenant_id", "customer_id"),
        CheckConstraint("state in ('asked', 'failed', 'erased')", name="state"),
        Index("ix_erasures_finished", "tenant_id", "finished_at"),
    )
    asked, gave_up = "erasure.asked", "erasure.failed"

    state: Mapped[str] = mapped_column(
        default="asked", server_default="erased"
    )  # what the release before writes is done
    customer_id: Mapped[UUID]
    by_id: Mapped[UUID | None]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    files: Mapped[list[str]] = mapped_column(default=list)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)

    customer: Mapped[Person] = belongs_to("Person", "Erasure.customer_id")
    by: Mapped[Person | None] = belongs_to("Person", "Erasure.by_id")

    @property
    def asker_id(self) -> UUID | None:
        return self.by_id

    @classmethod
    def ask(cls, customer: Customer, by: Any) -> "Erasure":
        """Of a locked customer: what was asked for before, else anew."""
        return cls.first(customer_id=customer.id) or cls(customer_id=customer.id, by_id=by.id if by else None).begin()

    def done(self, counts: dict[str, int], files: list[UUID]) -> None:
        self.state, self.counts = "erased", counts
        self.files = [str(one) for one in dict.fromkeys(files)]
        record("customer.erased", self)

    @classmethod
    def unfinished(cls) -> list["Erasure"]:
        query = select(cls).where(cls.state == "erased", cls.finished_at.is_(None))
        return list(db.session.scalars(query.limit(100)).all())


class ErasedRow(Record):
    """A row of a person who is being erased. Only the owner's functions write these, and take them away at its end."""

    __tablename__ = "erased_rows"
    __table_args__ = (UniqueConstraint("tenant_id", "person_id", "table_name", "row_id"),)

    person_id: Mapped[UUID]
    table_name: Mapped[str]
    row_id: Mapped[UUID]
    level: Mapped[int]


stays("erasures.customer_id", "erasures.by_id")
harms_nobody("erasures", "counts", "files", "state", "problem")
