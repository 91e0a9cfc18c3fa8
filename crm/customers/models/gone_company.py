"""That a company was deleted or became a part of another, and everything that it takes to bring it back."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Uuid, cast, delete, select
from sqlalchemy.orm import Mapped
from werkzeug.exceptions import NotFound

from ...accounts.models import Person
from ...db import belongs_to, db, now, reference
from ...kept_files import keeps_rows
from ...personal import Erasing, erases, only_staff
from ...references import stays
from .merge import UNDO_DAYS, Ending, Moved, RowImage


class GoneCompany(Ending):
    """A company that is gone: deleted, or a part of `kept_id`. Neither id has a foreign key: the one is gone, the other may go."""

    __tablename__ = "gone_companies"
    __table_args__ = (
        reference("people", "by_id"),
        Index("ix_gone_companies_gone", "tenant_id", "gone_id"),
        Index("ix_gone_companies_kept", "tenant_id", "kept_id"),
    )

    gone_id: Mapped[UUID]
    kept_id: Mapped[UUID | None]
    name: Mapped[str]

    by: Mapped[Person | None] = belongs_to("Person", "GoneCompany.by_id")

    @classmethod
    def lately(cls, kept_id: UUID | None = None) -> list["GoneCompany"]:
        """Those that may come back, the last first; with `kept_id` those that became a part of this one."""
        query = select(cls).where(cls.undone_at.is_(None), cls.created_at > now() - timedelta(days=UNDO_DAYS))
        query = query.where(cls.kept_id == kept_id) if kept_id else query
        return list(db.session.scalars(query.order_by(cls.id.desc()).limit(100)).all())


def followed_company(id: UUID | None) -> NotFound:
    """What to raise for a company that is not there: the way to the one of which it became a part, if so."""
    query = select(GoneCompany.kept_id).where(GoneCompany.gone_id == id, GoneCompany.undone_at.is_(None))
    into = db.session.scalars(query.order_by(GoneCompany.id.desc()).limit(1)).first() if id else None
    return Moved(into) if into else NotFound()


class GoneRow(RowImage):
    """What the end of a company did to one row; kept as long as it may come back."""

    __tablename__ = "gone_rows"
    __table_args__ = (
        reference("gone_companies", "merge_id", ondelete="CASCADE"),
        CheckConstraint("what in ('moved', 'removed', 'added', 'changed')", name="what"),
        Index("ix_gone_rows_merge", "tenant_id", "merge_id", "what", "table_name"),
    )


GoneCompany.images = GoneRow
stays("gone_companies.by_id")
only_staff("gone_companies.by_id")
keeps_rows("gone_rows", "before", "after")


@erases
def forget_places(mine: Erasing) -> None:
    """What somebody was in a company that is gone does not come back with it."""
    people = mine.ids("people")
    named = [
        cast(GoneRow.before[name].astext, Uuid).in_(people)
        for name in ("customer_id", "from_person_id", "to_person_id")
    ]
    for one in named:
        db.session.execute(delete(GoneRow).where(GoneRow.what == "removed", one))
