"""What somebody is told, once."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, exists
from sqlalchemy.orm import Mapped, mapped_column

from ..accounts.models import Employee, Person
from ..conversations.models import Conversation, Message, Participant
from ..db import Record, belongs_to, now, reference
from ..tickets.models import Ticket


class Notification(Record):
    """One thing that one employee is told. `key` says which thing: to tell it again does nothing.

    It is about a conversation or a ticket, maybe about one `message` there. `seq` is how far its conversation had come:
    who has read so far has seen it. `shown` is whether the page's head has it; `mail_due_at` when it goes out by mail if
    it was not seen by then, None when it must not.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        reference("people", "person_id"),
        reference("people", "actor_id"),
        reference("conversations", "conversation_id", ondelete="CASCADE"),
        reference("tickets", "ticket_id", ondelete="CASCADE"),
        reference("messages", "message_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "person_id", "key"),
        Index("ix_notifications_person", "tenant_id", "person_id", "id"),
        Index("ix_notifications_conversation", "tenant_id", "conversation_id", "person_id"),
        Index("ix_notifications_ticket", "tenant_id", "ticket_id", "person_id"),
    )

    person_id: Mapped[UUID]
    kind: Mapped[str]
    key: Mapped[str]
    actor_id: Mapped[UUID | None]
    conversation_id: Mapped[UUID | None]
    ticket_id: Mapped[UUID | None]
    message_id: Mapped[UUID | None]
    seq: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    shown: Mapped[bool] = mapped_column(default=True)
    seen_at: Mapped[datetime | None]
    mail_due_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
    pushed_at: Mapped[datetime | None]

    person: Mapped[Employee] = belongs_to("Employee", "Notification.person_id")
    actor: Mapped[Person | None] = belongs_to("Person", "Notification.actor_id")
    conversation: Mapped[Conversation | None] = belongs_to("Conversation", "Notification.conversation_id")
    ticket: Mapped[Ticket | None] = belongs_to("Ticket", "Notification.ticket_id")
    message: Mapped[Message | None] = belongs_to("Message", "Notification.message_id")

    def see(self) -> None:
        self.seen_at = self.seen_at or now()

    @classmethod
    def unseen(cls, person_id: Any) -> tuple[Any, ...]:
        """The conditions of what `person_id` has not seen."""
        return cls.person_id == person_id, cls.seen_at.is_(None), ~cls.is_read()

    @classmethod
    def is_read(cls) -> Any:
        """Whether its person has read its conversation so far."""
        return exists().where(
            Participant.tenant_id == cls.tenant_id,
            Participant.conversation_id == cls.conversation_id,
            Participant.person_id == cls.person_id,
            Participant.last_read_seq >= cls.seq,
        )


Index("ix_notifications_unseen", Notification.tenant_id, Notification.person_id, Notification.id,
      postgresql_where=Notification.seen_at.is_(None))  # fmt: skip
Index("ix_notifications_mail", Notification.tenant_id, Notification.mail_due_at,
      postgresql_where=Notification.mail_due_at.is_not(None))  # fmt: skip
