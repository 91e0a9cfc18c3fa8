"""The teams of a tenant."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import UniqueConstraint, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, db, now
from ...events import record
from ...forms import only_one
from ...web import Refused


class LastDepartment(Refused):
    description = _l("New chats need a department to go to. Open another one first.")


class Department(Record):
    """A team with a queue of its own. `position` orders them in menus; the first is where new chats go."""

    __tablename__ = "departments"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None]
    # What its mails come from and end with; without an address they come from the server's.
    address: Mapped[str] = mapped_column(default="", server_default="")
    signature: Mapped[str] = mapped_column(default="", server_default="")
    # Since when it has the address: of two workspaces that claim one, the first gets its mails.
    address_at: Mapped[datetime | None]
    # {week: for Monday to Sunday the [from, to] in minutes, breaks: the same for each day}; without them it is always open.
    hours: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # "" is the workspace's own.
    time_zone: Mapped[str] = mapped_column(default="", server_default="")

    @classmethod
    def open_ones(cls) -> list["Department"]:
        query = select(cls).where(cls.archived_at.is_(None)).order_by(cls.position, cls.id)
        return list(db.session.scalars(query).all())

    @classmethod
    def archived_ones(cls) -> list["Department"]:
        query = select(cls).where(cls.archived_at.is_not(None)).order_by(cls.name, cls.id)
        return list(db.session.scalars(query).all())

    @classmethod
    def add(cls, name: str) -> "Department":
        """The last in the order. Raises Invalid when the name is taken, also by an archived one."""
        position = db.session.scalar(select(func.coalesce(func.max(cls.position), -1) + 1))
        department = cls(name=name, position=position)
        with only_one("name", _("There is a department with this name already.")):
            department.save()
        record("department.added", department)
        return department

    def rename(self, name: str) -> None:
        with only_one("name", _("There is a department with this name already.")):
            self.name = name

    def write_as(self, address: str | None, signature: str) -> None:
        if self.address != (address or ""):
            self.address, self.address_at = address or "", now()
        self.signature = signature

    def keep_hours(self, hours: dict[str, Any] | None, time_zone: str) -> None:
        """See crm/accounts/calendars.py for what `hours` holds."""
        if (hours, time_zone) != (self.hours, self.time_zone):
            self.hours, self.time_zone = hours, time_zone
            record("department.hours_changed", self)

    def move_to(self, place: int) -> None:
        """Stand at `place` (0 is first) among the open departments."""
        others = [department for department in Department.open_ones() if department.id != self.id]
        others.insert(place, self)
        for position, department in enumerate(others):
            department.position = position

    def archive(self) -> None:
        """Nothing new comes in; what it has stays. Raises LastDepartment."""
        if self.archived_at is None:
            query = select(Department.id).where(Department.archived_at.is_(None)).with_for_update()
            if len(db.session.scalars(query).all()) < 2:
                raise LastDepartment()
            self.archived_at = now()
            record("department.archived", self)

    def restore(self) -> None:
        if self.archived_at is not None:
            self.archived_at = None
            record("department.restored", self)
