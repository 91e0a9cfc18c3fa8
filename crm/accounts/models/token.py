"""One-time keys that are sent by e-mail."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, db, now, reference
from ...personal import goes
from ...references import ends


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
        """The unused, unexpired token of this purpose and key, or None. With `lock`, nobody else uses it meanwhile."""
        query = select(cls).where(cls.purpose == purpose, cls.key_hash == hashed(key))
        query = query.where(cls.used_at.is_(None), cls.expires_at > now())
        if lock:
            query = query.with_for_update()
        return db.session.scalars(query).first()

    def use(self) -> None:
        self.used_at = now()

    def renew(self, hours: int) -> str:
        """A new key, shown only now, for another while; the old one opens nothing any more."""
        key = secrets.token_urlsafe(32)
        self.key_hash, self.expires_at = hashed(key), now() + timedelta(hours=hours)
        return key


ends("tokens.person_id")


def hashed(key: str) -> str:
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


goes("tokens")
