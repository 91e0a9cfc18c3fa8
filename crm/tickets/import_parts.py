"""What tickets from files have beside their row: tags, and a place for notes that begins with what the file says."""

from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import and_, delete, select

from ..conversations.models import Conversation, Message
from ..customers.import_extras import Listed
from ..db import db, now, uuid7
from ..importing.kinds import Written
from ..importing.writing import put
from ..numbers import next_numbers
from ..tenancy import current_tenant
from .models import TicketConversation, TicketTag

PART, TALKS, SAID = TicketConversation.__table__, Conversation.__table__, Message.__table__
TALK = {"channel": "notes", "status": "closed", "subject": "", "episode": 1, "customer_position": 0, "last_customer_seq": 0,
        "last_reply_seq": 0, "preview": "", "queued_place": 1, "page_url": "", "tracked": True}  # fmt: skip
NOTE = ("id", "conversation_id", "seq", "staff_position", "kind", "sender_id", "body", "client_id", "created_at")


class Tags(Listed):
    table, owner, value = TicketTag.__table__, "ticket_id", "name"


def begin_threads(made: list[Written]) -> None:
    """Each new ticket gets its place for notes, as one that is opened by hand; told of is only the ticket."""
    numbers, moment = next_numbers("conversations", len(made)) if made else range(0), now()
    talks, parts, notes = [], [], []
    for one, number in zip(made, numbers, strict=True):
        note, talk = one.facts.get("note") or "", uuid7()
        own = {"id": talk, "number": number, "department_id": one.facts.get("department"), "closed_at": moment,
               "last_message_at": moment, "staff_position": 1 if note else 0}  # fmt: skip
        talks.append(TALK | own)
        parts.append([uuid7(), one.id, talk])
        if note:
            notes.append([uuid7(), talk, 1, 1, "note", g.get("actor_id"), note, uuid7(), moment])
    if talks:
        put(TALKS, list(talks[0]), (list(talk.values()) for talk in talks))
        put(PART, ["id", "ticket_id", "conversation_id"], parts)
    if notes:
        put(SAID, NOTE, notes)


def talked_about(ids: list[UUID]) -> set[UUID]:
    """Those about which more was said than the file said."""
    here = and_(TALKS.c.tenant_id == PART.c.tenant_id, TALKS.c.id == PART.c.conversation_id)
    query = select(PART.c.ticket_id).join(TALKS, here).where(*of(ids))
    return set(db.session.scalars(query.where((TALKS.c.channel != "notes") | (TALKS.c.staff_position > 1))).all())


def end_threads(ids: list[UUID]) -> list[UUID]:
    """Before these tickets are deleted; returns the ids of the notes."""
    talks = list(db.session.scalars(select(PART.c.conversation_id).where(*of(ids))).all())
    notes = select(SAID.c.id).where(SAID.c.tenant_id == current_tenant.id, SAID.c.conversation_id.in_(talks))
    found = list(db.session.scalars(notes).all())
    db.session.execute(delete(TALKS).where(TALKS.c.tenant_id == current_tenant.id, TALKS.c.id.in_(talks)))
    return found


def of(ids: list[Any]) -> tuple[Any, ...]:
    return PART.c.tenant_id == current_tenant.id, PART.c.ticket_id.in_(ids)
