"""Everything that is kept about a person, put together for them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, belongs_to, db, now, reference, uuid7
from ...events import record
from ...files import drop
from ...personal import goes
from .customer import Customer

KEPT = timedelta(days=7)


class PersonExport(Record):
    """A ZIP about a customer, being made by the worker or ready for a week: `file_id` names it among the kept files.

    `done` counts the rows that stand in it so far, `files` the kept files.
    """

    __tablename__ = "person_exports"
    __table_args__ = (
        reference("people", "customer_id", ondelete="CASCADE"),
        reference("people", "asked_by_id"),
        CheckConstraint("state in ('asked', 'ready', 'over')", name="state"),
        Index("ix_person_exports_customer", "tenant_id", "customer_id", "id"),
        Index("ix_person_exports_state", "tenant_id", "state", "id"),
    )

    customer_id: Mapped[UUID]
    asked_by_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(default="asked")
    file_id: Mapped[UUID] = mapped_column(default=uuid7)
    done: Mapped[int] = mapped_column(default=0)
    files: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)

    customer: Mapped[Customer] = belongs_to("Customer", "PersonExport.customer_id")

    @classmethod
    def ask(cls, customer: Customer, by: Any) -> "PersonExport":
        """The one that is being made, else a new one."""
        running = cls.first(customer_id=customer.id, state="asked")
        if running:
            return running
        export = cls(customer_id=customer.id, asked_by_id=by.id).save()
        db.session.flush()
        record("person_export.asked", export)
        return export

    def finish(self, size: int) -> None:
        self.state, self.size, self.finished_at = "ready", size, now()

    def end(self) -> None:
        """Nobody gets it any more, and the file goes."""
        if self.state == "ready":
            self.state = "over"
            drop(self.file_id)


goes("person_exports", _l("Exports about them"), file="file_id")
