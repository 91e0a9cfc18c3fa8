"""That a person was erased, by whom and when: all that is left to say of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from ...accounts.models import Person
from ...db import Record, belongs_to, db, reference
from ...personal import harms_nobody
from ...references import stays


class ErasedCustomer(Person):
    """Whom nobody knows any more. The row stays because what the law wants kept names it."""

    __mapper_args__ = {"polymorphic_identity": "erased", "polymorphic_load": "inline"}

    @property
    def shown_name(self) -> str:
        return f"#{self.id.hex[-6:]}"


class Erasure(Record):
    """`counts` is {table: how many rows}; `files` are those that are still to be removed, until `finished_at`."""

    __tablename__ = "erasures"
    __table_args__ = (
        reference("people", "customer_id"),
        reference("people", "by_id"),
        UniqueConstraint("tenant_id", "customer_id"),
        Index("ix_erasures_finished", "tenant_id", "finished_at"),
    )

    customer_id: Mapped[UUID]
    by_id: Mapped[UUID | None]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    files: Mapped[list[str]] = mapped_column(default=list)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)

    by: Mapped[Person | None] = belongs_to("Person", "Erasure.by_id")

    @classmethod
    def unfinished(cls) -> list["Erasure"]:
        return list(db.session.scalars(select(cls).where(cls.finished_at.is_(None)).limit(100)).all())


class ErasedRow(Record):
    """A row of a person who is being erased. Only the owner's functions write these, and take them away at its end."""

    __tablename__ = "erased_rows"
    __table_args__ = (UniqueConstraint("tenant_id", "person_id", "table_name", "row_id"),)

    person_id: Mapped[UUID]
    table_name: Mapped[str]
    row_id: Mapped[UUID]
    level: Mapped[int]


stays("erasures.customer_id", "erasures.by_id")
harms_nobody("erasures", "counts", "files")
