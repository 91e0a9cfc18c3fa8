"""Everything that is kept about a person, put together for them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from ...db import belongs_to, db, now, reference, uuid7
from ...events import record
from ...files import drop
from ...kept_files import names_file
from ...personal import goes
from .customer import Customer
from .errand import Errand

KEPT = timedelta(days=1)


class PersonExport(Errand):
    """A ZIP about a customer for whoever asked, being made by the worker or ready for a day: `file_id` names it among the kept
    files.

    `done` counts the rows that stand in it so far, `files` the kept files.
    """

    __tablename__ = "person_exports"
    __table_args__ = (
        reference("people", "customer_id", ondelete="CASCADE"),
        reference("people", "asked_by_id"),
        CheckConstraint("state in ('asked', 'failed', 'ready', 'over')", name="state"),
        Index("ix_person_exports_customer", "tenant_id", "customer_id", "id"),
        Index("ix_person_exports_state", "tenant_id", "state", "id"),
    )
    asked, gave_up = "person_export.asked", "person_export.failed"

    customer_id: Mapped[UUID]
    asked_by_id: Mapped[UUID | None]
    file_id: Mapped[UUID] = mapped_column(default=uuid7)
    done: Mapped[int] = mapped_column(default=0)
    files: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)

    customer: Mapped[Customer] = belongs_to("Customer", "PersonExport.customer_id")

    @property
    def asker_id(self) -> UUID | None:
        return self.asked_by_id

    @classmethod
    def ask(cls, customer: Customer, by: Any) -> "PersonExport":
        """The one that is being made for them, else a new one in the place of those they have; the customer is locked."""
        theirs = {"customer_id": customer.id, "asked_by_id": by.id}
        running = cls.first(**theirs, state="asked")
        if running:
            return running
        for old in db.session.scalars(select(cls).filter_by(**theirs, state="ready")).all():
            old.end()
        return cls(**theirs).begin()

    def finish(self, size: int) -> None:
        self.state, self.size, self.finished_at = "ready", size, now()
        record("person_export.ready", self)

    def end(self) -> None:
        """Nobody gets it any more, and the file goes."""
        if self.state in ("ready", "failed"):
            self.state = "over"
            drop(self.file_id)


goes("person_exports", _l("Exports about them"))
names_file("person_exports", "file_id")
