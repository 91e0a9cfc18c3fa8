"""A message, its attachments, and the one way in which messages are written."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from flask import g
from flask_babel import lazy_gettext as _l
from sqlalchemy import Index, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, joinedload, make_transient_to_detached, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value as known

from ...accounts.models import Person
from ...db import Record, belongs_to, db, now, reference, uuid7
from ...events import later_reactions, note, record
from ...files import Kept, drop
from ...web import Refused
from .conversation import Closed, Conversation

PREVIEW = 140


class NotYours(Refused):
    description = _l("Only who wrote this message can change it.")


class Message(Record):
    """Something said. `seq` is the staff's position at its birth: the one order of the conversation.

    `staff_position` and `customer_position` are where it last changed for each audience; a message without a
    `customer_position` (a note) never leaves the staff. `kind` is chat, note or system.
    """

    __tablename__ = "messages"
    __table_args__ = (
        reference("conversations", "conversation_id", ondelete="CASCADE"),
        reference("people", "sender_id"),
        UniqueConstraint("tenant_id", "conversation_id", "seq"),
        Index("uq_messages_client", "tenant_id", "conversation_id", "client_id", "sender_id", unique=True),
        Index("ix_messages_staff", "tenant_id", "conversation_id", "staff_position"),
        Index("ix_messages_customer", "tenant_id", "conversation_id", "customer_position"),
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
        return self.kind != "system" and not self.has_files and self.deleted_at is None

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
        if self.conversation.status == "closed":
            raise Closed()

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
    query = select(Message).where(Message.conversation_id == conversation.id, Message.kind == "chat")
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


@dataclass(frozen=True)
class Draft:
    """What somebody wants to say: text of 0 to 10,000 characters and files, not both empty."""

    body: str
    client_id: UUID
    kind: str = "chat"
    files: tuple[Kept, ...] = ()


def post(conversation: Conversation, sender: Person, draft: Draft) -> Message:
    """Add a message from `sender` to a locked conversation; the first one with this `client_id` when it is a repeat.

    The repeat is looked for before any other check, under the lock, so a retry is answered the same for ever;
    where there is nothing to check, the statement that writes looks too. Raises Closed.
    """
    if conversation.status == "closed" and draft.kind != "note":
        known = find_posted(conversation.id, sender.id, draft.client_id)
        if known is None:
            raise Closed()
        return known
    message = write_message(conversation, sender, draft.kind, draft.body, draft.client_id, draft.kind != "note",
                            has_files=bool(draft.files))  # fmt: skip
    if message is None:
        known = find_posted(conversation.id, sender.id, draft.client_id)
        return known or post(conversation, sender, replace(draft, client_id=own_id(sender.id, draft.client_id)))
    for kept in draft.files:
        Attachment(message_id=message.id, id=kept.id, name=kept.name, type=kept.type, size=kept.size,
                   sha256=kept.sha256).save()  # fmt: skip
    if draft.files and not draft.body and draft.kind == "chat":
        conversation.preview = preview_of("", draft.files)
    return message


def own_id(sender_id: UUID, client_id: UUID) -> UUID:
    """Instead of an id that somebody else's message has: pages know messages by it. The same for a repeat."""
    return uuid5(sender_id, str(client_id))


def find_posted(conversation_id: UUID, sender_id: UUID, client_id: UUID) -> Message | None:
    query = select(Message).options(joinedload(Message.sender))
    query = query.where(Message.conversation_id == conversation_id, Message.sender_id == sender_id)
    ids = (client_id, own_id(sender_id, client_id))
    return db.session.scalars(query.where(Message.client_id.in_(ids))).first()


# One statement for the whole write: look for a repeat, bump the counters, insert the message, the fact and its outbox
# row. It sees what was committed before the lock was had, because each statement looks anew.
WRITE = text("""
WITH moved AS (
    UPDATE conversations SET
        staff_position = staff_position + 1,
        customer_position = customer_position + :public,
        last_customer_seq = CASE WHEN :from_customer THEN staff_position + 1 ELSE last_customer_seq END,
        last_reply_seq = CASE WHEN :from_staff THEN staff_position + 1 ELSE last_reply_seq END,
        last_message_at = CASE WHEN :kind = 'system' THEN last_message_at ELSE :at END,
        preview = CASE WHEN :kind = 'chat' THEN :preview ELSE preview END,
        first_reply_at = CASE WHEN :from_staff THEN coalesce(first_reply_at, :at) ELSE first_reply_at END
    WHERE tenant_id = :tenant_id AND id = :conversation_id AND NOT EXISTS (
        SELECT FROM messages WHERE tenant_id = :tenant_id AND conversation_id = :conversation_id
            AND client_id = :client_id)
    RETURNING staff_position, customer_position, last_customer_seq, last_reply_seq, first_reply_at
), written AS (
    INSERT INTO messages (tenant_id, id, created_at, conversation_id, seq, staff_position, customer_position,
        kind, sender_id, body, client_id, facts, has_files)
    SELECT :tenant_id, :id, :at, :conversation_id, staff_position, staff_position,
        CASE WHEN :public = 1 THEN customer_position END,
        :kind, :sender_id, :body, :client_id, cast(:facts AS jsonb), :has_files
    FROM moved
), told AS (
    INSERT INTO events (tenant_id, id, created_at, name, actor_id, subject_type, subject_id, facts)
    SELECT :tenant_id, :event_id, :at, 'message.posted', :actor_id, 'messages', :id,
        jsonb_build_object('kind', cast(:kind AS text)) FROM moved
), boxed AS (
    INSERT INTO outbox (tenant_id, event_id) SELECT :tenant_id, :event_id FROM moved WHERE :wanted
)
SELECT staff_position, customer_position, last_customer_seq, last_reply_seq, first_reply_at FROM moved
""")


def write_message(conversation: Conversation, sender: Person | None, kind: str, body: str, client_id: UUID, public: bool,
                  facts: dict[str, Any] | None = None, has_files: bool = False) -> Message | None:  # fmt: skip
    """Write a message into a locked conversation and tell that it was posted; returns it as loaded, None for a repeat."""
    message = Message(id=uuid7(), tenant_id=conversation.tenant_id, created_at=now(), kind=kind, body=body)
    message.conversation_id, message.client_id, message.facts = conversation.id, client_id, facts
    message.sender_id, message.has_files = sender.id if sender else None, has_files
    event_id, staff = uuid7(), sender is not None and sender.kind == "employee"
    values = {"tenant_id": message.tenant_id, "id": message.id, "at": message.created_at, "kind": kind, "body": body}
    values |= {"conversation_id": conversation.id, "sender_id": message.sender_id, "client_id": client_id}
    values |= {"facts": json.dumps(facts) if facts else None, "has_files": has_files, "public": int(public)}
    values |= {"preview": body[:PREVIEW], "event_id": event_id, "actor_id": g.get("actor_id")}
    values |= {"from_customer": sender is not None and not staff, "from_staff": staff and kind == "chat"}
    values["wanted"] = bool(later_reactions.get("message.posted"))
    row = db.session.execute(WRITE, values).first()
    if row is None:
        return None
    adopt(conversation, message, sender, row, public)
    note("message.posted", message, id=event_id)
    return message


def adopt(conversation: Conversation, message: Message, sender: Person | None, row: Any, public: bool) -> None:
    """Make the objects in hand say what the statement wrote, without reading or writing it again."""
    for name in ("staff_position", "customer_position", "last_customer_seq", "last_reply_seq", "first_reply_at"):
        known(conversation, name, getattr(row, name))
    if message.kind != "system":
        known(conversation, "last_message_at", message.created_at)
    if message.kind == "chat":
        known(conversation, "preview", message.body[:PREVIEW])
    message.seq = message.staff_position = row.staff_position
    message.customer_position = row.customer_position if public else None
    message.edited_at = message.deleted_at = None
    make_transient_to_detached(message)
    db.session.add(message)
    known(message, "conversation", conversation)
    known(message, "sender", sender)


def reply(conversation: Conversation, employee: Any, draft: Draft) -> Message:
    """An employee's message or note to a locked conversation. Replying accepts a queued one and reopens a closed one."""
    if draft.kind == "chat" and not conversation.is_internal and conversation.status != "open":
        known = find_posted(conversation.id, employee.id, draft.client_id)
        if known:
            return known
        conversation.reopen()
        if conversation.status == "queued":
            conversation.accept(employee)
    return post(conversation, employee, draft)
