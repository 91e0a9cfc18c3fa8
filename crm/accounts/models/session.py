"""Signed-in browsers."""

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, belongs_to, now, reference
from ...personal import goes
from ...references import ends
from ...tenancy import current_tenant
from .token import hashed

if TYPE_CHECKING:
    from .person import Person

SESSION_DAYS = 30


class Session(Record):
    """A signed-in browser of an employee or customer. The cookie holds the key; here stands only its hash."""

    __tablename__ = "sessions"
    __table_args__ = (
        reference("people", "person_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "key_hash"),
        Index("ix_sessions_person", "tenant_id", "person_id"),
    )

    person_id: Mapped[UUID]
    key_hash: Mapped[str]
    user_agent: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    used_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    person: Mapped["Person"] = belongs_to("Person", "Session.person_id")

    @classmethod
    def begin(cls, person: "Person", user_agent: str, address: str) -> tuple["Session", str]:
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


ends("sessions.person_id")
goes("sessions")
