"""How calls come in: who may tell of them, and who is rung at which of our numbers."""

import secrets
from datetime import datetime
from typing import Self
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, UniqueConstraint, select
from sqlalchemy.orm import Mapped

from ...accounts.models import Department, Employee
from ...db import Record, belongs_to, db, now, reference
from ...forms import only_one
from ...personal import only_staff
from ...phones import as_e164, country_here
from ...sealed import Unreadable, seal, unseal
from ...tenancy import current_tenant

SOURCES = ("pbx", "twilio")


class PhoneSource(Record):
    """A telephone exchange that tells us of calls, and the secret with which it signs what it tells."""

    __tablename__ = "phone_sources"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind"),
        CheckConstraint("kind in ('pbx', 'twilio')", name="kind"),
    )

    kind: Mapped[str]
    sealed_secret: Mapped[str]
    heard_at: Mapped[datetime | None]

    @classmethod
    def set_up(cls, kind: str, secret: str = "") -> Self:
        """With this secret, or a new one; the one before stops working."""
        source = cls.first(kind=kind) or cls(kind=kind)
        source.sealed_secret = seal(secret or secrets.token_urlsafe(32), *source.place)
        return source.save()

    @property
    def place(self) -> tuple[object, ...]:
        """What the secret belongs to, as a part of its seal."""
        return current_tenant.id, "phone_sources", self.kind

    @property
    def secret(self) -> str | None:
        """None when it was sealed with another SECRET_KEY: then a new one has to be made."""
        try:
            return unseal(self.sealed_secret, *self.place)
        except Unreadable:
            return None

    @classmethod
    def secret_of(cls, kind: str) -> str | None:
        source = cls.first(kind=kind)
        return source.secret if source else None

    def hear(self) -> None:
        self.heard_at = now()


class PhoneLine(Record):
    """One of our numbers, extensions or clients, and who is rung there: an employee, or those of a department."""

    __tablename__ = "phone_lines"
    __table_args__ = (
        reference("people", "employee_id", ondelete="CASCADE"),
        reference("departments", "department_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint("(employee_id is null) <> (department_id is null)", name="somebody"),
    )

    number: Mapped[str]
    employee_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]

    employee: Mapped[Employee | None] = belongs_to("Employee", "PhoneLine.employee_id")
    department: Mapped[Department | None] = belongs_to("Department", "PhoneLine.department_id")

    @classmethod
    def add(cls, number: str, employee: Employee | None, department: Department | None) -> Self:
        """Raises Invalid for a number that rings elsewhere already."""
        line = cls(number=written(number), employee_id=employee.id if employee else None)
        line.department_id = department.id if department else None
        with only_one("number", _("This number rings somebody already. Remove that first.")):
            line.save()
        return line

    @classmethod
    def all(cls) -> list[Self]:
        return list(db.session.scalars(select(cls).order_by(cls.number)).all())

    @classmethod
    def at(cls, number: str) -> Self | None:
        return cls.first(number=written(number)) if number.strip() else None


def written(number: str) -> str:
    """A telephone number as E.164; an extension or a client's name as it is, in small letters."""
    return as_e164(number, country_here()) or number.strip().lower()


only_staff("phone_lines.employee_id")
