"""The names that mails of a conversation have, by which answers find it."""

from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped

from ...db import Record, belongs_to, db, reference, uuid7
from ...personal import goes
from .message import Message


class MailId(Record):
    """One Message-ID with its angle brackets, and the message that it is. `direction` is in or out."""

    __tablename__ = "mail_ids"
    __table_args__ = (
        reference("messages", "message_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "rfc_id"),
        Index("ix_mail_ids_message", "tenant_id", "message_id"),
    )

    message_id: Mapped[UUID]
    rfc_id: Mapped[str]
    direction: Mapped[str]

    message: Mapped[Message] = belongs_to("Message", "MailId.message_id")

    @classmethod
    def note(cls, message: Message, rfc_id: str, direction: str) -> None:
        """Remember it; one that is known stays where it is: of two mails of one name the first is believed."""
        values = {"tenant_id": message.tenant_id, "id": uuid7(), "message_id": message.id}
        db.session.execute(NOTE, {**values, "rfc_id": rfc_id, "direction": direction})

    @classmethod
    def before(cls, message: Message) -> list["MailId"]:
        """Those of the conversation's mails that came before the message, the oldest first."""
        query = select(cls).join(Message, (Message.tenant_id == cls.tenant_id) & (Message.id == cls.message_id))
        query = query.where(Message.conversation_id == message.conversation_id, Message.seq < message.seq)
        return list(db.session.scalars(query.order_by(Message.seq, cls.id)).all())


NOTE = insert(MailId.__table__).on_conflict_do_nothing()


goes("mail_ids")
