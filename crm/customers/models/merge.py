"""That one customer became a part of another, and everything that it takes to part them again."""

from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Index, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.exceptions import NotFound

from ...accounts.models import Person
from ...db import Record, belongs_to, db, now, reference
from ...kept_files import keeps_rows
from ...personal import goes
from ...references import stays
from .customer import Customer

UNDO_DAYS = 30


class MergedCustomer(Person):
    """Who became a part of another customer: no list, no search and no address finds them any more, and nothing points to
    them. What is kept of them stands in `merged_rows`."""

    __mapper_args__ = {"polymorphic_identity": "merged", "polymorphic_load": "inline"}

    merged_into_id: Mapped[UUID | None]


Person.__table__.append_constraint(reference("people", "merged_into_id"))
Index(
    "ix_people_merged",
    Person.tenant_id,
    MergedCustomer.merged_into_id,
    postgresql_where=MergedCustomer.merged_into_id.is_not(None),
)


class Ending(Record):
    """That one of two is gone, by whom, and what it did to `count` rows: these are kept so that it can be undone for a while."""

    __abstract__ = True

    by_id: Mapped[UUID | None]
    count: Mapped[int] = mapped_column(default=0)
    undone_at: Mapped[datetime | None] = mapped_column(default=None)

    images: ClassVar[type["RowImage"]]

    @property
    def may_be_undone(self) -> bool:
        return self.undone_at is None and self.created_at > now() - timedelta(days=UNDO_DAYS)


class CustomerMerge(Ending):
    """That `gone` became a part of `kept`."""

    __tablename__ = "customer_merges"
    __table_args__ = (
        reference("people", "kept_id"),
        reference("people", "gone_id"),
        reference("people", "by_id"),
        Index("ix_customer_merges_kept", "tenant_id", "kept_id"),
        Index("ix_customer_merges_gone", "tenant_id", "gone_id"),
    )

    kept_id: Mapped[UUID]
    gone_id: Mapped[UUID]

    kept: Mapped[Person] = belongs_to("Person", "CustomerMerge.kept_id")
    gone: Mapped[Person] = belongs_to("Person", "CustomerMerge.gone_id")
    by: Mapped[Person | None] = belongs_to("Person", "CustomerMerge.by_id")

    @classmethod
    def of(cls, customer: Customer) -> list["CustomerMerge"]:
        """Those that still hold, of customers who became a part of this one."""
        query = select(cls).where(cls.kept_id == customer.id, cls.undone_at.is_(None)).order_by(cls.id.desc())
        return list(db.session.scalars(query.limit(50)).all())


class RowImage(Record):
    """What a merge did to one row: `moved` it (`column` named the gone one), `removed` it because the kept one has the same,
    `added` it, or `changed` it. `before` and `after` are the row as JSON."""

    __abstract__ = True

    merge_id: Mapped[UUID]
    what: Mapped[str]
    table_name: Mapped[str]
    row_id: Mapped[UUID]
    column: Mapped[str | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class MergedRow(RowImage):
    """What a merge of two customers did."""

    __tablename__ = "merged_rows"
    __table_args__ = (
        reference("customer_merges", "merge_id", ondelete="CASCADE"),
        CheckConstraint("what in ('moved', 'removed', 'added', 'changed')", name="what"),
        Index("ix_merged_rows_merge", "tenant_id", "merge_id", "what", "table_name"),
    )


CustomerMerge.images = MergedRow
stays("customer_merges.kept_id", "customer_merges.gone_id")


class Moved(NotFound):
    """Who is asked for became a part of `into`."""

    def __init__(self, into: UUID):
        super().__init__()
        self.into = into


def followed(id: UUID) -> NotFound:
    """What to raise for a customer who is not there: the way to the one that they became a part of, if so."""
    merged = MergedCustomer.first(id=id)
    return Moved(merged.merged_into_id) if merged and merged.merged_into_id else NotFound()


def ids_of(customer: Customer) -> list[UUID]:
    """Theirs, and of everybody who became a part of them: what happened to those is told of this one."""
    query = select(MergedCustomer.id).where(MergedCustomer.merged_into_id == customer.id)
    return [customer.id, *db.session.scalars(query).all()]


keeps_rows("merged_rows", "before", "after")
goes("merged_rows")
goes("customer_merges", _l("Merges, which cannot be undone any more"))
