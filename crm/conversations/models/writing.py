"""The one way in which messages are written: a draft, its checks, and one statement."""

import json
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid5

from flask import g
from sqlalchemy import select, text
from sqlalchemy.orm import joinedload, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value as known

from ...accounts.models import Person
from ...db import db, now, uuid7
from ...events import later_reactions, note, record
from ...files import Kept
from ..mentions import mentioned
from .conversation import Closed, Conversation
from .message import PREVIEW, SAID, Attachment, Message, preview_of


@dataclass(frozen=True)
class Draft:
    """What somebody wants to say: text of 0 to 10,000 characters and files, not both empty.

    An employee's `kind` "chat" is whatever reaches the other side; see `reply`. `facts` are of the message's kind.
    `then` is what is to become of what the conversation belongs to: a word for those who track it.
    """

    body: str
    client_id: UUID
    kind: str = "chat"
    files: tuple[Kept, ...] = ()
    facts: dict[str, Any] | None = None
    then: str = ""

    @property
    def said(self) -> bool:
        return self.kind in SAID


def post(conversation: Conversation, sender: Person, draft: Draft) -> Message:
    """Add a message from `sender` to a locked conversation; the first one with this `client_id` when it is a repeat.

    The repeat is looked for before any other check, under the lock, so a retry is answered the same for ever;
    where there is nothing to check, the statement that writes looks too. Raises Closed.
    """
    named = mentioned(draft.body) if draft.kind == "note" else {}
    draft = replace(draft, facts={**(draft.facts or {}), "mentions": named}) if named else draft
    if conversation.status == "closed" and draft.kind != "note":
        known = find_posted(conversation.id, sender.id, draft.client_id)
        if known is None:
            raise Closed()
        return known
    message = write_message(conversation, sender, draft.kind, draft.body, draft.client_id, draft.kind != "note", draft.facts,
                            has_files=bool(draft.files))  # fmt: skip
    if message is None:
        known = find_posted(conversation.id, sender.id, draft.client_id)
        return known or post(conversation, sender, replace(draft, client_id=own_id(sender.id, draft.client_id)))
    if named:
        record("message.mentioned", message, people=list(named))
    for kept in draft.files:
        Attachment(message_id=message.id, id=kept.id, name=kept.name, type=kept.type, size=kept.size,
                   sha256=kept.sha256).save()  # fmt: skip
    if draft.files and not draft.body and draft.said:
        conversation.preview = preview_of("", draft.files)
    if conversation.tracked and (draft.said or draft.then):
        record("message.tracked", message, then=draft.then)
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
        preview = CASE WHEN :said THEN :preview ELSE preview END,
        first_reply_at = CASE WHEN :from_staff THEN coalesce(first_reply_at, :at) ELSE first_reply_at END
    WHERE tenant_id = :tenant_id AND id = :conversation_id AND NOT EXISTS (
        SELECT FROM messages WHERE tenant_id = :tenant_id AND conversation_id = :conversation_id
            AND client_id = :client_id)
    RETURNING staff_position, customer_position, last_customer_seq, last_reply_seq, first_reply_at, customer_id
), written AS (
    INSERT INTO messages (tenant_id, id, created_at, conversation_id, seq, staff_position, customer_position,
        kind, sender_id, body, client_id, facts, has_files)
    SELECT :tenant_id, :id, :at, :conversation_id, staff_position, staff_position,
        CASE WHEN :public = 1 THEN customer_position END,
        :kind, :sender_id, :body, :client_id, cast(:facts AS jsonb), :has_files
    FROM moved
), told AS (
    INSERT INTO events (tenant_id, id, created_at, name, actor_id, subject_type, subject_id, facts,
        customer_id)
    SELECT :tenant_id, :event_id, :at, 'message.posted', :actor_id, 'messages', :id,
        jsonb_build_object('kind', cast(:kind AS text)), customer_id FROM moved
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
    event_id, staff, said = uuid7(), sender is not None and sender.kind == "employee", kind in SAID
    values = {"tenant_id": message.tenant_id, "id": message.id, "at": message.created_at, "kind": kind, "body": body}
    values |= {"conversation_id": conversation.id, "sender_id": message.sender_id, "client_id": client_id}
    values |= {"facts": json.dumps(facts) if facts else None, "has_files": has_files, "public": int(public)}
    values |= {"preview": body[:PREVIEW], "event_id": event_id, "actor_id": g.get("actor_id")}
    values |= {"from_customer": sender is not None and not staff, "from_staff": staff and said, "said": said}
    values["wanted"] = bool(later_reactions.get("message.posted"))
    row = db.session.execute(WRITE, values).first()
    if row is None:
        return None
    adopt(conversation, message, sender, row, public)
    note("message.posted", message, id=event_id, about=conversation.customer_id)
    return message


def adopt(conversation: Conversation, message: Message, sender: Person | None, row: Any, public: bool) -> None:
    """Make the objects in hand say what the statement wrote, without reading or writing it again."""
    for name in ("staff_position", "customer_position", "last_customer_seq", "last_reply_seq", "first_reply_at"):
        known(conversation, name, getattr(row, name))
    if message.kind != "system":
        known(conversation, "last_message_at", message.created_at)
    if message.said:
        known(conversation, "preview", message.body[:PREVIEW])
    message.seq = message.staff_position = row.staff_position
    message.customer_position = row.customer_position if public else None
    message.edited_at = message.deleted_at = None
    make_transient_to_detached(message)
    db.session.add(message)
    known(message, "conversation", conversation)
    known(message, "sender", sender)


def reply(conversation: Conversation, employee: Any, draft: Draft) -> Message:
    """An employee's message or note to a locked conversation. Replying accepts a queued one and reopens a closed one.

    What is said to the other side is said as the conversation's channel does; where that sends by itself, it goes out.
    """
    draft = replace(draft, kind=conversation.said_as) if draft.said else draft
    if draft.said and not conversation.is_internal and conversation.status != "open":
        known = find_posted(conversation.id, employee.id, draft.client_id)
        if known:
            return known
        conversation.reopen()
        if conversation.status == "queued":
            conversation.accept(employee)
    message = post(conversation, employee, draft)
    if message.said and message.kind != "chat":
        record("message.outgoing", message)
    return message
