"""What somebody asks of the list of tickets again and again."""

from typing import Any, Self
from urllib.parse import urlencode
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Index, Uuid, bindparam, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from ...accounts.models import Employee
from ...db import Record, db, prepared, reference
from ...web import Refused

MOST, MOST_SHARED = 30, 50


class SavedView(Record):
    """A view with its filters and order under a name; `shared` ones everybody sees. `asked` is what stands in the address."""

    __tablename__ = "saved_views"
    __table_args__ = (
        reference("people", "owner_id", ondelete="CASCADE"),
        Index("ix_saved_views_owner", "tenant_id", "owner_id"),
    )

    owner_id: Mapped[UUID]
    name: Mapped[str]
    shared: Mapped[bool] = mapped_column(default=False)
    asked: Mapped[dict[str, Any]]

    @classmethod
    def seen_by(cls, employee: Employee) -> list[Self]:
        """Their own and those that are shared, by name."""
        return list(db.session.scalars(SEEN_BY, {"viewer": employee.id}).all())

    @classmethod
    def keep(cls, owner: Employee, name: str, shared: bool, asked: dict[str, Any]) -> Self:
        """Raises Refused when somebody has 30 already, and when all have 50 together."""
        mine = select(func.count()).select_from(cls).where(cls.owner_id == owner.id)
        if (db.session.scalar(mine) or 0) >= MOST:
            raise Refused(_l("You have 30 views. Remove one that you do not need any more."))
        together = select(func.count()).select_from(cls).where(cls.shared)
        if shared and (db.session.scalar(together) or 0) >= MOST_SHARED:
            raise Refused(
                _l("Colleagues share 50 views already. Keep it for yourself, or have one removed that nobody needs.")
            )
        kept = {key: str(value) for key, value in asked.items() if value}
        return cls(owner_id=owner.id, name=name, shared=shared, asked=kept).save()

    @property
    def query(self) -> str:
        """What stands behind the ? of its address."""
        return urlencode({**self.asked, "saved": str(self.id)})

    def may_be_removed_by(self, employee: Employee) -> bool:
        """One's own, and shared ones by who may change settings."""
        return self.owner_id == employee.id or (self.shared and employee.may("settings.edit"))


SEEN_BY = prepared(
    select(SavedView)
    .where(or_(SavedView.owner_id == bindparam("viewer", type_=Uuid()), SavedView.shared))
    .order_by(SavedView.name, SavedView.id)
)
