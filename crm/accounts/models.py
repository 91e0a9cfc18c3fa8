"""People, the employees among them, their departments, sessions and one-time keys."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_login import UserMixin
from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Record, belongs_to, db, now, reference
from ..events import record
from ..tenancy import current_tenant
from ..web import Refused
from .passwords import hash_password, verify_password
from .permissions import permissions_of

SESSION_DAYS = 30


class LastOwner(Refused):
    description = _l("A workspace needs an owner. Make somebody else an owner first.")


class Department(Record):
    """A team with a queue of its own. `position` orders them in menus; the first is where new chats go."""

    __tablename__ = "departments"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None]

    @classmethod
    def open_ones(cls) -> list["Department"]:
        query = select(cls).where(cls.archived_at.is_(None)).order_by(cls.position, cls.id)
        return list(db.session.scalars(query).all())


class Person(Record):
    """Everybody who can say something: an employee or a customer (`kind`)."""

    __tablename__ = "people"
    __table_args__ = (
        reference("departments", "department_id"),
        reference("people", "manager_id"),
        reference("people", "owner_id"),
        CheckConstraint("kind in ('employee', 'customer')", name="kind"),
        Index("uq_people_email", "tenant_id", "kind", "email", unique=True, postgresql_where=text("email IS NOT NULL")),
        Index("uq_people_external", "tenant_id", "external_id", unique=True, postgresql_where=text("external_id IS NOT NULL")),
        Index("ix_people_customers", "tenant_id", "kind", "last_seen_at", "id"),
    )
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_abstract": True}

    kind: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
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

    def deactivate(self) -> None:
        """Signs them out everywhere within two seconds, sockets included. Raises LastOwner."""
        if self.deactivated_at is None:
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

    def guard_last_owner(self) -> None:
        if self.role != "owner":
            return
        query = select(Employee.id).where(Employee.role == "owner", Employee.deactivated_at.is_(None))
        if len(db.session.scalars(query.with_for_update()).all()) < 2:
            raise LastOwner()


class Session(Record):
    """A signed-in browser of an employee or customer. The cookie holds the key; here stands only its hash."""

    __tablename__ = "sessions"
    __table_args__ = (reference("people", "person_id", ondelete="CASCADE"), UniqueConstraint("tenant_id", "key_hash"))

    person_id: Mapped[UUID]
    key_hash: Mapped[str]
    user_agent: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    used_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    person: Mapped[Person] = belongs_to("Person", "Session.person_id")

    @classmethod
    def begin(cls, person: Person, user_agent: str, address: str) -> tuple["Session", str]:
        """A new session and the key for its cookie, which is shown only now."""
        key = secrets.token_urlsafe(32)
        expires = now() + timedelta(days=SESSION_DAYS)
        session = cls(person_id=person.id, key_hash=hashed(key), user_agent=user_agent[:300], address=address)
        session.expires_at = expires
        return session.save(), key

    def revoke(self) -> None:
        if self.revoked_at is None:
            self.revoked_at = now()
            current_tenant.touch_access()


class Token(Record):
    """A one-time key sent by e-mail: an invitation, a reset, a sign-in link. Only its hash is kept."""

    __tablename__ = "tokens"
    __table_args__ = (reference("people", "person_id", ondelete="CASCADE"), UniqueConstraint("tenant_id", "key_hash"))

    purpose: Mapped[str]
    key_hash: Mapped[str]
    person_id: Mapped[UUID | None]
    email: Mapped[str | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    @classmethod
    def make(cls, purpose: str, hours: int, **values: Any) -> tuple["Token", str]:
        """The row and the key for the mail, which is shown only now."""
        key = secrets.token_urlsafe(32)
        token = cls(purpose=purpose, key_hash=hashed(key), expires_at=now() + timedelta(hours=hours), **values)
        return token.save(), key

    @classmethod
    def valid(cls, purpose: str, key: str, lock: bool = False) -> "Token | None":
        """The unused, unexpired token of this purpose and key, or None. With `lock`, nobody else can use it meanwhile."""
        query = select(cls).where(cls.purpose == purpose, cls.key_hash == hashed(key))
        query = query.where(cls.used_at.is_(None), cls.expires_at > now())
        if lock:
            query = query.with_for_update()
        return db.session.scalars(query).first()

    def use(self) -> None:
        self.used_at = now()


def hashed(key: str) -> str:
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()
