"""What a customer's page tells of their conversations: what was said, how it went."""

from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import Uuid, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from ..db import db, prepared
from ..timeline import Line, kind, told
from .models import Conversation, Message, Rating
from .words import call_line

QUOTED = 240
SAID = prepared(
    select(Message.id, Message.kind, Message.created_at, Message.deleted_at, Message.facts, Message.conversation_id,
           func.left(Message.body, QUOTED + 1).label("quote"), Conversation.number, Conversation.subject)
    .join(Conversation, (Conversation.tenant_id == Message.tenant_id) & (Conversation.id == Message.conversation_id))
    .where(Message.id == any_(bindparam("ids", type_=ARRAY(Uuid()))))
)  # fmt: skip

kind("chats", _l("Chats"), "message-circle", "message.posted", said=("chat",))
kind("mails", _l("Mails"), "mail", "message.posted", said=("email",))
kind("calls", _l("Calls"), "phone", "message.posted", "task.done", said=("phone",))
kind("notes", _l("Notes"), "pencil", "message.posted", said=("note",))
kind("ratings", _l("Ratings"), "star", "rating.given")


@told("message.posted")
def tell_what_was_said(events: list[Any]) -> dict[UUID, Line]:
    known = {row.id: row for row in db.session.execute(SAID, {"ids": [event.subject_id for event in events]})}
    return {event.id: said(known[event.subject_id], event) for event in events if event.subject_id in known}


def said(message: Any, event: Any) -> Line:
    """What somebody wrote. A talk's chat that goes on is one line, the last of it."""
    name, theirs = event.actor_name or "", event.actor_kind != "employee"
    link, quote, at = f"/conversations/{message.number}", quoted(message), message.created_at
    if message.kind == "phone":
        return Line("phone", call_line(message), link, quote, at=at)
    if message.kind == "note":
        return Line("pencil", _("%(name)s noted", name=name), link, quote, tone="note", at=at)
    if message.kind == "email":
        subject = message.subject or _("no subject")
        mine = _("Wrote a mail: %(subject)s", subject=subject)
        words = mine if theirs else _("%(name)s wrote a mail: %(subject)s", name=name, subject=subject)
        return Line("mail", words, link, quote, at=at)
    words = _("Wrote in the chat") if theirs else _("%(name)s wrote in the chat", name=name)
    return Line("message-circle", words, link, quote, group=message.conversation_id, at=at)


def quoted(message: Any) -> str:
    if message.deleted_at:
        return _("This message was deleted.")
    return " ".join(message.quote[:QUOTED].split()) + ("…" if len(message.quote) > QUOTED else "")


@told("rating.given")
def tell_of_ratings(events: list[Any]) -> dict[UUID, Line]:
    joint = (Conversation.tenant_id == Rating.tenant_id) & (Conversation.id == Rating.conversation_id)
    query = select(Rating.id, Rating.stars, Rating.feedback, Rating.rated_at, Conversation.number).join(
        Conversation, joint
    )
    known = db.session.execute(query.where(Rating.id.in_([event.subject_id for event in events])))
    rows = {row.id: row for row in known}
    return {event.id: rated(rows[event.subject_id]) for event in events if event.subject_id in rows}


def rated(row: Any) -> Line:
    stars, link = row.stars or 0, f"/conversations/{row.number}"
    words = ngettext("Gave %(num)s star", "Gave %(num)s stars", stars)
    return Line("star", words, link, row.feedback or "", "good" if stars > 2 else "bad", at=row.rated_at)


@told("conversation.closed")
def tell_of_ends(events: list[Any]) -> dict[UUID, Line]:
    """Those before its number stood with it are not told: what was said then is."""
    return {event.id: ended(event, event.facts["number"]) for event in events if "number" in event.facts}


def ended(event: Any, number: int) -> Line:
    name, link = event.actor_name if event.actor_kind == "employee" else "", f"/conversations/{number}"
    words = _("%(name)s closed conversation #%(number)s", name=name, number=number)
    return Line("circle-check", words if name else _("Conversation #%(number)s ended", number=number), link)


@told("task.done")
def tell_of_tasks(events: list[Any]) -> dict[UUID, Line]:
    return {event.id: Line("phone-outgoing", _("Called back"), by=event.actor_name or "") for event in events}
