"""One search over everything: tickets and what was said, by words in the tenant's language, parts of words, numbers; and
records of every other kind by what stands on them."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from flask import render_template
from flask_login import current_user
from markupsafe import Markup, escape
from sqlalchemy import Select, String, and_, bindparam, case, func, select
from sqlalchemy.dialects.postgresql import ARRAY, REGCONFIG
from sqlalchemy.orm import aliased

from ..accounts.limits import searches_per_person
from ..accounts.models import Person
from ..conversations.models import Conversation, Message
from ..db import db, prepared
from ..finding import found_records
from ..web import permitted, read_query, text
from .blueprint import bp
from .fitting import Found, best, tsquery
from .indexing import config
from .models import Ticket, TicketConversation
from .models.search import SearchEntry

LONGEST = 3_000
TOLD = ("number", "subject", "status")  # of the ticket: the one that was found, or that of the message
SHOWN = 5  # of each other kind
OPEN, SHUT = "\ue000", "\ue001"
HEADLINE = f"StartSel={OPEN}, StopSel={SHUT}, MaxFragments=2, MaxWords=20, MinWords=8, FragmentDelimiter= … "


@dataclass(frozen=True)
class Hit:
    """What was found: `excerpt` is HTML with the found words marked; a message has its sender and its conversation."""

    kind: str
    number: int | None
    subject: str
    status: str | None
    excerpt: Markup
    at: datetime
    sender: str = ""
    conversation: int | None = None


@bp.get("/search")
@permitted("tickets.read")
@searches_per_person
def search() -> Any:
    wanted = read_query(q=text(max=200, optional=True, lines=False))["q"]
    records = found_records(wanted, current_user.may, SHOWN)
    return render_template("tickets/search.html", wanted=wanted, hits=found(wanted) if wanted else [], records=records)


def found(wanted: str) -> list[Hit]:
    """The best 25: a ticket of that number first, then by how well and how lately they fit."""
    fits = best(wanted)
    lines = {line.id: line for line in dressed(fits)} if fits else {}
    there = [lines[id] for id in fits.ids if id in lines] if fits else []
    return [*numbered(wanted), *(as_hit(line) for line in there if line.at)]  # else it was taken back just now


def numbered(wanted: str) -> list[Hit]:
    digits = wanted.strip().removeprefix("#")
    ticket = Ticket.first(number=int(digits)) if digits.isdecimal() and len(digits) < 10 else None
    return (
        [Hit("ticket", ticket.number, ticket.subject, ticket.status, escape(ticket.subject), ticket.touched_at)]
        if ticket
        else []
    )


def dressed(fits: Found) -> Any:
    values = {"ids": fits.ids, "marking": fits.marking, "seen": fits.seen, "config": config().value}
    return db.session.execute(dressing(), values).all()


@cache
def dressing() -> Select[Any]:
    part, here, own, entry = TicketConversation, Conversation, aliased(Ticket), SearchEntry
    told = [func.coalesce(getattr(own, name), getattr(Ticket, name)).label(name) for name in TOLD]
    body = around(func.coalesce(Message.body, own.subject))
    return prepared(
        select(
            entry.id, entry.kind, *told, here.number.label("conversation"),
            func.coalesce(Message.created_at, own.touched_at).label("at"), Person.name.label("sender"),
            func.ts_headline(bindparam("config", type_=REGCONFIG()), body, tsquery("marking"), HEADLINE).label("excerpt"),
        )
        .select_from(entry)
        .where(entry.id.in_(bindparam("ids", expanding=True)))
        .outerjoin(Message, and_(Message.tenant_id == entry.tenant_id, Message.id == entry.id, Message.deleted_at.is_(None)))
        .outerjoin(here, and_(here.tenant_id == Message.tenant_id, here.id == Message.conversation_id))
        .outerjoin(Person, and_(Person.tenant_id == Message.tenant_id, Person.id == Message.sender_id))
        .outerjoin(part, and_(part.tenant_id == here.tenant_id, part.conversation_id == here.id, part.until_seq.is_(None)))
        .outerjoin(Ticket, and_(Ticket.tenant_id == part.tenant_id, Ticket.id == part.ticket_id))
        .outerjoin(own, and_(own.tenant_id == entry.tenant_id, own.id == entry.id))
    )  # fmt: skip


def around(body: Any) -> Any:
    """Of a long text the part where the first of the words that were `seen` stands, if it stands there as it was reduced."""
    word = func.unnest(bindparam("seen", type_=ARRAY(String()))).column_valued("word")
    first = select(func.min(func.nullif(func.strpos(func.lower(body), word), 0))).scalar_subquery()
    part = func.substr(body, func.greatest(func.coalesce(first, 1) - 200, 1), LONGEST)
    return case((func.length(body) <= LONGEST, body), else_=part)


def as_hit(line: Any) -> Hit:
    marked = escape(line.excerpt or "").replace(OPEN, Markup("<mark>")).replace(SHUT, Markup("</mark>"))
    return Hit(
        line.kind, line.number, line.subject or "", line.status, marked, line.at, line.sender or "", line.conversation
    )
