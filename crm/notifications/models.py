"""What somebody is told, once, and the browsers to which it is pushed."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Index, UniqueConstraint, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from ..accounts.models import Employee, Person, Session
from ..conversations.models import Conversation, Message, Participant
from ..db import Record, belongs_to, db, now, reference, uuid7
from ..personal import goes
from ..references import index_where_known
from ..tenancy import current_tenant
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
        index_where_known("notifications", "actor", "actor_id"),
        index_where_known("notifications", "message", "message_id"),
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


class Device(Record):
    """A browser that shows what is pushed to it, as long as its session lasts.

    `endpoint` is where its push service takes messages for it; `p256dh` and `auth` are the keys they are encrypted with.
    `failures` are those since the last success, with the last one's `error`.
    """

    __tablename__ = "push_devices"
    __table_args__ = (
        reference("people", "person_id", ondelete="CASCADE"),
        reference("sessions", "session_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "endpoint"),
        Index("ix_push_devices_person", "tenant_id", "person_id"),
    )

    FAILURES, DAYS = 10, timedelta(days=3)

    person_id: Mapped[UUID]
    session_id: Mapped[UUID]
    endpoint: Mapped[str]
    p256dh: Mapped[str]
    auth: Mapped[str]
    name: Mapped[str]
    last_success_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")

    person: Mapped[Employee] = belongs_to("Employee", "Device.person_id")

    @classmethod
    def subscribe(cls, person: Employee, name: str, **keys: Any) -> None:
        """`keys`: session_id, endpoint, p256dh, auth. Who uses the browser now is told there; a session has one browser."""
        before = (cls.session_id == keys["session_id"]) | (cls.endpoint == keys["endpoint"])
        db.session.execute(delete(cls).where(before))
        cls(person_id=person.id, name=name, **keys).save()

    @classmethod
    def of(cls, person: Employee) -> list["Device"]:
        query = select(cls).where(cls.person_id == person.id, cls.is_signed_in()).order_by(cls.id)
        return list(db.session.scalars(query).all())

    @classmethod
    def is_signed_in(cls) -> Any:
        lasts = Session.revoked_at.is_(None), Session.expires_at > now()
        return exists().where(Session.tenant_id == cls.tenant_id, Session.id == cls.session_id, *lasts)

    def took(self) -> None:
        self.last_success_at, self.failures, self.error = now(), 0, ""

    def failed(self, why: str) -> None:
        """What has not worked for days is given up."""
        self.failures, self.error = self.failures + 1, why[:200]
        if self.failures >= self.FAILURES and (self.last_success_at or self.created_at) < now() - self.DAYS:
            self.forget()

    def forget(self) -> None:
        db.session.execute(delete(Device).where(Device.id == self.id))


class Push(Record):
    """A notification that is still to be pushed to a device; gone when it was, or is not to be any more.

    `due` is when it is tried again if nobody tries it now.
    """

    __tablename__ = "pushes"
    __table_args__ = (
        reference("notifications", "notification_id", ondelete="CASCADE"),
        reference("push_devices", "device_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "notification_id", "device_id"),
        Index("ix_pushes_due", "tenant_id", "due"),
        Index("ix_pushes_device", "tenant_id", "device_id"),
    )

    notification_id: Mapped[UUID]
    device_id: Mapped[UUID]
    due: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)

    notification: Mapped[Notification] = belongs_to("Notification", "Push.notification_id")
    device: Mapped[Device] = belongs_to("Device", "Push.device_id")

    @classmethod
    def queue(cls, notification_id: UUID, device_ids: list[UUID], due: datetime) -> None:
        rows = [{"tenant_id": current_tenant.id, "id": uuid7(), "notification_id": notification_id, "device_id": one,
                 "due": due, "tries": 0} for one in device_ids]  # fmt: skip
        db.session.execute(insert(cls.__table__).values(rows).on_conflict_do_nothing())

    @classmethod
    def of(cls, notification_id: UUID) -> list[UUID]:
        return list(db.session.scalars(select(cls.id).where(cls.notification_id == notification_id)).all())

    def drop(self) -> None:
        db.session.execute(delete(Push).where(Push.id == self.id))

    def wait(self, seconds: int) -> None:
        db.session.execute(update(Push).where(Push.id == self.id).values(due=now() + timedelta(seconds=seconds)))


goes("pushes")
goes("push_devices")
goes("notifications", _l("What employees were told of it"))
