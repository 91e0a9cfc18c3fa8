"""What somebody asks of a list again and again."""

from collections.abc import Iterable
from typing import Any, Self
from urllib.parse import urlencode
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Index, String, Uuid, bindparam, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Record, db, prepared, reference
from ..personal import only_staff
from ..web import Refused

MOST, MOST_SHARED = 30, 50


class SavedView(Record):
    """A view of the list `listing` with its filters and order under a name; `shared` ones everybody sees.

    `asked` is what stands in the address: a text, or a list of them, for each name.
    """

    __tablename__ = "saved_views"
    __table_args__ = (
        reference("people", "owner_id", ondelete="CASCADE"),
        Index("ix_saved_views_owner", "tenant_id", "owner_id"),
    )

    listing: Mapped[str] = mapped_column(default="tickets", server_default="tickets")
    owner_id: Mapped[UUID]
    name: Mapped[str]
    shared: Mapped[bool] = mapped_column(default=False)
    asked: Mapped[dict[str, Any]]

    @classmethod
    def seen_by(cls, employee: Any, of: str = "tickets") -> list[Self]:
        """Their own of a list and those that are shared, by name."""
        return list(db.session.scalars(SEEN_BY, {"viewer": employee.id, "of": of}).all())

    @classmethod
    def keep(cls, owner: Any, name: str, shared: bool, asked: dict[str, Any], of: str = "tickets") -> Self:
        """Raises Refused when somebody has 30 of the list already, and when all have 50 together."""
        query = select(func.count()).select_from(cls).where(cls.listing == of)
        if (db.session.scalar(query.where(cls.owner_id == owner.id)) or 0) >= MOST:
            raise Refused(_l("You have 30 views. Remove one that you do not need any more."))
        if shared:
            cls.guard_shared(of)
        return cls(listing=of, owner_id=owner.id, name=name, shared=shared, asked=plain(asked)).save()

    @classmethod
    def guard_shared(cls, of: str) -> None:
        query = select(func.count()).select_from(cls).where(cls.listing == of, cls.shared)
        if (db.session.scalar(query) or 0) >= MOST_SHARED:
            raise Refused(
                _l("Colleagues share 50 views already. Keep it for yourself, or have one removed that nobody needs.")
            )

    def change(self, name: str, shared: bool, asked: dict[str, Any]) -> None:
        """Another name, other filters, seen by all or no more. Raises Refused when all have 50 together."""
        if shared and not self.shared:
            self.guard_shared(self.listing)
        self.name, self.shared, self.asked = name, shared, plain(asked)

    @property
    def query(self) -> str:
        """What stands behind the ? of its address."""
        return urlencode({**self.asked, "saved": str(self.id)}, doseq=True)

    def query_among(self, columns: Iterable[Any]) -> str:
        """The same for somebody who sees these columns: of others it neither shows nor sorts anything."""
        seen = {column.key: column.sortable for column in columns}
        kept = {**self.asked, "saved": str(self.id)}
        kept["c"] = [key for key in several(kept.get("c")) if key in seen]
        if not seen.get(str(kept.get("sort") or "").removeprefix("-")):
            kept.pop("sort", None)
        return urlencode({name: value for name, value in kept.items() if value}, doseq=True)

    @property
    def filters(self) -> set[str]:
        """The keys of the columns that it asks of."""
        return {key for key in several(self.asked.get("f")) if key}

    @property
    def columns(self) -> set[str]:
        """The keys of those that it shows, asks of and sorts by."""
        keys = [key for name in ("c", "f", "sort") for key in several(self.asked.get(name))]
        return {key.removeprefix("-") for key in keys if key}

    def may_be_changed_by(self, employee: Any) -> bool:
        """One's own, and shared ones by who may change settings."""
        return self.owner_id == employee.id or (self.shared and employee.may("settings.edit"))


def several(value: Any) -> list[str]:
    """What stands in an address once is a list of one."""
    return value if isinstance(value, list) else [value] if value else []


def plain(asked: dict[str, Any]) -> dict[str, Any]:
    """As JSON has it."""
    return {key: value if isinstance(value, list) else str(value) for key, value in asked.items() if value}


SEEN_BY = prepared(
    select(SavedView)
    .where(
        SavedView.listing == bindparam("of", type_=String()),
        or_(SavedView.owner_id == bindparam("viewer", type_=Uuid()), SavedView.shared),
    )
    .order_by(SavedView.name, SavedView.id)
)


only_staff("saved_views.owner_id")
