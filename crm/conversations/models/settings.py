"""Small things that conversations are had with."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, db, now, reference


class CannedReply(Record):
    """A text for `/shortcut`."""

    __tablename__ = "canned_replies"
    __table_args__ = (UniqueConstraint("tenant_id", "shortcut"),)

    shortcut: Mapped[str]
    body: Mapped[str]

    @classmethod
    def all(cls) -> list["CannedReply"]:
        return list(db.session.scalars(select(cls).order_by(cls.shortcut)).all())


class Presence(Record):
    """When somebody's browser was last connected. Written in batches by the hub (see ../presence.py)."""

    __tablename__ = "presences"
    __table_args__ = (reference("people", "person_id", ondelete="CASCADE"), UniqueConstraint("tenant_id", "person_id"))

    person_id: Mapped[UUID]
    seen_at: Mapped[datetime] = mapped_column(default=now)


class Watching(Record):
    """That an employee has a conversation open. Written in batches by the hub (see ../watching.py)."""

    __tablename__ = "watchings"
    __table_args__ = (
        reference("conversations", "conversation_id", ondelete="CASCADE"),
        reference("people", "person_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "conversation_id", "person_id"),
    )

    conversation_id: Mapped[UUID]
    person_id: Mapped[UUID]
    seen_at: Mapped[datetime] = mapped_column(default=now)
