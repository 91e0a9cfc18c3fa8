"""Days on which a department does not work."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped

from ...db import Record, db, reference, uuid7

MOST = 500  # of one department: ten years with fifty each


class Holiday(Record):
    """Whole days, first and last, by the department's own clock."""

    __tablename__ = "holidays"
    __table_args__ = (
        reference("departments", "department_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "department_id", "starts_on", "ends_on"),
        CheckConstraint("starts_on <= ends_on", name="order"),
    )

    department_id: Mapped[UUID]
    name: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]

    @classmethod
    def of(cls, department_id: UUID) -> list["Holiday"]:
        query = select(cls).where(cls.department_id == department_id).order_by(cls.starts_on, cls.ends_on)
        return list(db.session.scalars(query.limit(MOST)).all())

    @classmethod
    def take_over(cls, department_id: UUID, tenant_id: UUID, days: list[tuple[str, date, date]]) -> int:
        """Add those (name, first, last) that are not there yet; return how many that were."""
        key = {"tenant_id": tenant_id, "department_id": department_id}
        rows = [{**key, "id": uuid7(), "name": name, "starts_on": first, "ends_on": last} for name, first, last in days]
        if not rows:
            return 0
        query = insert(cls.__table__).values(rows).on_conflict_do_nothing().returning(cls.__table__.c.id)
        return len(db.session.execute(query).all())
