"""A message and its attachments. How messages are written: writing.py."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Index, UniqueConstraint, case, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...accounts.models import Person
from ...db import Record, belongs_to, db, now, reference
from ...events import record
from ...files import drop
from ...kept_files import names_file
from ...personal import empties, goes, harms_nobody
from ...references import index_where_known, locked_first, renews
from ...web import Refused
from ..mentions import mentioned
from .conversation import Closed, Conversation

PREVIEW = 140
SAID = ("chat", "email", "phone")  # kinds that are said to the other side, each by its way


class NotYours(Refused):
    description = _l("Only who wrote this message can change it.")


class Gone(Refused):
    description = _l("This went out as an e-mail. It cannot be changed any more.")


class Message(Record):
    """Something said. `seq` is the staff's position at its birth: the one order of the conversation.

    `staff_position` and `customer_position` are where it last changed for each audience; a message without a
    `customer_position` (a note) never leaves the staff. `kind` is one of SAID, note or system.
    """

    __tablename__ = "messages"
    __table_args__ = (
        reference("conversations", "conversation_id", ondelete="CASCADE"),
        reference("people", "sender_id"),
        UniqueConstraint("tenant_id", "conversation_id", "seq"),
        Index("uq_messages_client", "tenant_id", "conversation_id", "client_id", "sender_id", unique=True),
        Index("ix_messages_staff", "tenant_id", "conversation_id", "staff_position"),
        Index("ix_messages_customer", "tenant_id", "conversation_id", "customer_position"),
        index_where_known("messages", "sender", "sender_id"),
    )

    conversation_id: Mapped[UUID]
    seq: Mapped[int]
    staff_position: Mapped[int]
    customer_position: Mapped[int | None]
    kind: Mapped[str]
    sender_id: Mapped[UUID | None]
    body: Mapped[str]
    client_id: Mapped[UUID]
    facts: Mapped[dict[str, Any] | None]
    has_files: Mapped[bool] = mapped_column(default=False, server_default="false")
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]

    conversation: Mapped[Conversation] = belongs_to("Conversation", "Message.conversation_id")
    sender: Mapped[Person | None] = belongs_to("Person", "Message.sender_id")
    attachments: Mapped[list["Attachment"]] = relationship(
        primaryjoin="and_(Message.tenant_id == Attachment.tenant_id, Message.id == foreign(Attachment.message_id))",
        order_by="Attachment.id",
        viewonly=True,
    )

    @property
    def plain(self) -> bool:
        """Whether its fragment holds no word of ours and no address of a file: the same for every reader."""
        worded = self.kind in ("system", "phone") or "mail" in (self.facts or {})
        return not worded and not self.has_files and self.deleted_at is None

    @property
    def said(self) -> bool:
        """Whether it was said to the other side: no note, and no line of the system's."""
        return self.kind in SAID

    @property
    def public(self) -> bool:
        return self.customer_position is not None

    @property
    def files(self) -> list["Attachment"]:
        return self.attachments if self.has_files and not self.deleted_at else []

    def edit(self, editor: Person, body: str) -> None:
        """Change the text. Raises NotYours, and Closed for a closed conversation."""
        self.guard_change(editor)
        if body != self.body:
            self.body, self.edited_at = body, now()
            if self.kind == "note":
                self.name_colleagues()
            self.bump()
            record("message.edited", self)

    def delete(self, editor: Person) -> None:
        """Blank the text and remove the files for everybody; the place in the order stays. Raises NotYours and Closed."""
        if self.deleted_at is None:
            self.guard_change(editor)
            for attachment in self.files:
                drop(attachment.id)
            self.body, self.deleted_at = "", now()
            self.bump()
            record("message.deleted", self)

    def guard_change(self, editor: Person) -> None:
        if self.sender_id != editor.id or self.kind == "system" or self.deleted_at:
            raise NotYours()
        if self.kind == "email":
            raise Gone()
        if self.conversation.status == "closed":
            raise Closed()

    def name_colleagues(self) -> None:
        """Tell who stands in it now; nobody is told twice of one note (see crm/notifications)."""
        named = mentioned(self.body)
        self.facts = {**(self.facts or {}), "mentions": named}
        if named:
            record("message.mentioned", self, people=list(named))

    def on_its_way(self, state: str, why: str) -> None:
        """Remember what became of what was sent, for the staff: the mail's state, and why in the mail server's words."""
        facts = {**(self.facts or {}), "delivery": state, "why": why}
        if facts != self.facts:
            conversation = Conversation.locked(id=self.conversation_id)
            conversation.staff_position += 1
            self.staff_position, self.facts = conversation.staff_position, facts
            record("message.delivered", self)

    def bump(self) -> None:
        """Give this change the conversation's next positions, under its lock."""
        conversation = Conversation.locked(id=self.conversation_id)
        conversation.staff_position += 1
        self.staff_position = conversation.staff_position
        if self.public:
            conversation.customer_position += 1
            self.customer_position = conversation.customer_position
        conversation.preview = last_words(conversation)


def last_words(conversation: Conversation) -> str:
    """What lists show of it, after a message has changed: a text that was taken back stands there no longer."""
    query = select(Message).where(Message.conversation_id == conversation.id, Message.kind.in_(SAID))
    last = db.session.scalars(query.where(Message.deleted_at.is_(None)).order_by(Message.seq.desc()).limit(1)).first()
    return preview_of(last.body, last.files) if last else ""


def preview_of(body: str, files: Any) -> str:
    return (body or ", ".join(file.name for file in files))[:PREVIEW]


class Attachment(Record):
    """A file of a message; `id` is also its place on disk (crm/files.py)."""

    __tablename__ = "attachments"
    __table_args__ = (
        reference("messages", "message_id", ondelete="CASCADE"),
        Index("ix_attachments_message", "tenant_id", "message_id"),
    )

    message_id: Mapped[UUID]
    name: Mapped[str]
    type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]

    message: Mapped[Message] = belongs_to("Message", "Attachment.message_id")

    @property
    def is_picture(self) -> bool:
        return self.type.startswith("image/")


locked_first("conversations.customer_id")
renews("conversations.customer_id", "client_id")
renews("messages.sender_id", "client_id")
empties("messages", _l("Messages"), body="", has_files=False, facts=lambda table: told_without_names(table.c),
        deleted_at=lambda table: func.coalesce(table.c.deleted_at, func.now()))  # fmt: skip
harms_nobody("messages", "kind")
goes("attachments", _l("Files that were sent"))
names_file("attachments", "id")


def told_without_names(message: Any) -> Any:
    """Lines of ours keep what happened, not who; of what people said nothing stays."""
    kept = message.facts.op("-")("name").op("-")("number").op("-")("why").op("-")("mentions").op("-")("mail")
    return case((message.kind.in_(("system", "phone")), kept), else_=None)
