"""Who takes part in a conversation."""

from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ...accounts.models import Person
from ...db import Record, belongs_to, reference
from ...references import keeps_most


class Participant(Record):
    """Somebody who takes part, and how far they have read."""

    __tablename__ = "participants"
    __table_args__ = (
        reference("conversations", "conversation_id", ondelete="CASCADE"),
        reference("people", "person_id"),
        UniqueConstraint("tenant_id", "conversation_id", "person_id"),
        Index("ix_participants_person", "tenant_id", "person_id", "conversation_id"),
    )

    conversation_id: Mapped[UUID]
    person_id: Mapped[UUID]
    last_read_seq: Mapped[int] = mapped_column(default=0, server_default="0")

    person: Mapped[Person] = belongs_to("Person", "Participant.person_id")


keeps_most("participants.person_id", "last_read_seq")
