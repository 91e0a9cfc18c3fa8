"""People, and the employees among them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import UserMixin
from sqlalchemy import CheckConstraint, Computed, Index, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, belongs_to, db, now, reference
from ...events import record
from ...names import PLAIN
from ...personal import only_staff
from ...tenancy import current_tenant
from ...web import Invalid, Refused
from ..passwords import hash_password, verify_password
from ..permissions import outranks, permissions_of
from .department import Department
from .session import Session


class LastOwner(Refused):
    description = _l("A workspace needs an owner. Make somebody else an owner first.")


class NotYourself(Refused):
    description = _l("You cannot do this to yourself. Ask another admin or owner.")


class Person(Record):
    """Everybody who can say something: an employee or a customer (`kind`)."""

    __tablename__ = "people"
    __table_args__ = (
        reference("departments", "department_id"),
        reference("people", "manager_id"),
        reference("people", "owner_id"),
        CheckConstraint("kind in ('employee', 'customer', 'merged', 'erased')", name="kind"),
        Index("uq_people_email", "tenant_id", "kind", "email", unique=True, postgresql_where=text("email IS NOT NULL")),
        Index(
            "uq_people_external",
            "tenant_id",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index("ix_people_customers", "tenant_id", "kind", "last_seen_at", "id"),
        Index("ix_people_name", "tenant_id", "kind", "name", "id"),
        Index("ix_people_plain", "tenant_id", "plain_name", postgresql_where=text("kind = 'customer'")),
    )
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_abstract": True}

    kind: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    plain_name: Mapped[str | None] = mapped_column(Computed(PLAIN, persisted=True), deferred=True)
    # Proven addresses only; what a stranger typed is `claimed_email` of a customer and opens nothing.
    email: Mapped[str | None]
    phone: Mapped[str | None]
    external_id: Mapped[str | None]
    language: Mapped[str | None]
    time_zone: Mapped[str | None]
    password_hash: Mapped[str | None]
    department_id: Mapped[UUID | None]
    manager_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]
    last_seen_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())

    @property
    def shown_name(self) -> str:
        return self.name or self.email or ""

    def set_password(self, password: str) -> None:
        """Every other session ends: whoever knew the old password is out."""
        self.password_hash = hash_password(password)
        self.end_sessions()

    def has_password(self, password: str) -> bool:
        return verify_password(self.password_hash, password)

    def end_sessions(self, keep: UUID | None = None) -> None:
        query = update(Session).where(Session.person_id == self.id, Session.revoked_at.is_(None))
        if keep:
            query = query.where(Session.id != keep)
        db.session.execute(query.values(revoked_at=now()))
        current_tenant.touch_access()


class Employee(Person, UserMixin):
    """Somebody who works for the tenant. `availability` is what they say: available, busy or away."""

    __mapper_args__ = {"polymorphic_identity": "employee", "polymorphic_load": "inline"}

    role: Mapped[str | None]
    availability: Mapped[str | None] = mapped_column(default="available")
    deactivated_at: Mapped[datetime | None]
    preferences: Mapped[dict[str, Any] | None] = mapped_column(default=dict)

    department: Mapped[Department | None] = belongs_to("Department", "Employee.department_id")

    def get_id(self) -> str:
        return str(self.id)

    @property
    def is_active(self) -> bool:
        return self.deactivated_at is None

    def may(self, permission: str) -> bool:
        return self.is_active and permission in permissions_of(self.role or "")

    @classmethod
    def with_password(cls, email: str, password: str) -> "Employee":
        """Raises Invalid, with the same sentence and after the same time whether the address is known or not."""
        found = cls.first(email=email)
        known = verify_password(found.password_hash if found else None, password)
        if found is None or not known or not found.is_active:
            raise Invalid({"email": _("This e-mail address and password do not belong together. Check both.")})
        return found

    def governs(self, other: "Employee") -> bool:
        """Whether this one may change the other's role and access: nobody reaches above their own role."""
        return self.may("employees.edit") and outranks(self.role or "", other.role or "")

    def say(self, availability: str) -> None:
        """Tell colleagues and the queue: available, busy or away."""
        if availability != self.availability:
            self.availability = availability
            record("employee.availability_changed", self, availability=availability)

    def prefer(self, **choices: Any) -> None:
        self.preferences = {**(self.preferences or {}), **choices}

    def deactivate(self, by: "Employee") -> None:
        """Signs them out everywhere within two seconds, sockets included. Raises LastOwner and NotYourself."""
        if self.deactivated_at is None:
            if by.id == self.id:
                raise NotYourself()
            self.guard_last_owner()
            self.deactivated_at = now()
            self.end_sessions()
            record("employee.deactivated", self)

    def reactivate(self) -> None:
        if self.deactivated_at is not None:
            self.deactivated_at = None
            record("employee.reactivated", self)

    def change_role(self, role: str) -> None:
        if role != self.role:
            if role != "owner":
                self.guard_last_owner()
            self.role = role
            current_tenant.touch_access()
            record("employee.role_changed", self, role=role)

    def move(self, department: Department | None) -> None:
        """Serve this department's queue; None serves every queue."""
        department_id = department.id if department else None
        if department_id != self.department_id:
            self.department_id = department_id
            record("employee.moved", self)

    def guard_last_owner(self) -> None:
        if self.role != "owner":
            return
        query = select(Employee.id).where(Employee.role == "owner", Employee.deactivated_at.is_(None))
        if len(db.session.scalars(query.with_for_update()).all()) < 2:
            raise LastOwner()


only_staff("people.manager_id", "people.owner_id", "people.merged_into_id")
