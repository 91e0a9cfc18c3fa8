"""One search over tickets, what was said, and customers: words in the tenant's language, parts of words, numbers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import render_template
from markupsafe import Markup, escape
from sqlalchemy import String, and_, case, cast, func, literal, select
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import aliased

from ..accounts.models import Person
from ..conversations.models import Conversation, Message
from ..customers.queries import customers, escaped
from ..db import db
from ..web import permitted, read_query, text
from .blueprint import bp
from .indexing import config
from .models import Ticket, TicketConversation
from .models.search import SearchEntry, SearchWord

MOST_WORDS = 5
FORMS = 40  # of how many words one part is taken for
CANDIDATES = 400  # the newest that fit are ranked
LOOKED_THROUGH = 20_000
SHOWN = 25
TOLD = ("number", "subject", "status")  # of the ticket: the one that was found, or that of the message
SHOWN_CUSTOMERS = 5
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
def search() -> Any:
    wanted = read_query(q=text(max=200, optional=True, lines=False))["q"]
    hits = found(wanted) if wanted else []
    people = customers(wanted).rows[:SHOWN_CUSTOMERS] if wanted else []
    return render_template("tickets/search.html", wanted=wanted, hits=hits, people=people)


def found(wanted: str) -> list[Hit]:
    """The best 25: a ticket of that number first, then by how well and how lately they fit."""
    query = query_of([word.removeprefix("#") for word in wanted.split()[:MOST_WORDS]])
    lines = lines_of(query) if query is not None else []
    return [*numbered(wanted), *(as_hit(line) for line in lines)]


def numbered(wanted: str) -> list[Hit]:
    digits = wanted.strip().removeprefix("#")
    ticket = Ticket.first(number=int(digits)) if digits.isdecimal() and len(digits) < 10 else None
    return (
        [Hit("ticket", ticket.number, ticket.subject, ticket.status, escape(ticket.subject), ticket.touched_at)]
        if ticket
        else []
    )


def query_of(words: list[str]) -> Any:
    """All of the words, each as the language reduces it or as a part of a longer one. None without a word."""
    db.session.execute(
        select(func.set_config("plan_cache_mode", "force_custom_plan", True))
    )  # words differ in frequency
    whole = None
    for word in words:
        forms = cast(literal(" | ".join(map(quoted, forms_of(word))), String()), TSQUERY)
        one = func.plainto_tsquery(config(), word).op("||")(forms)
        whole = one if whole is None else whole.op("&&")(one)
    return whole


def forms_of(word: str) -> list[str]:
    """Words that have this one in them, the shortest first; from three letters on, where trigrams help."""
    if len(word) < 3:
        return []
    query = select(SearchWord.word).where(SearchWord.word.ilike(f"%{escaped(word.lower())}%", escape="\\"))
    return list(db.session.scalars(query.order_by(func.length(SearchWord.word), SearchWord.word).limit(FORMS)).all())


def quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def lines_of(query: Any) -> list[Any]:
    """Of what fits the best, with what is shown of them."""
    entry, ids = SearchEntry, fitting(query)
    age = func.extract("epoch", func.now() - entry.created_at) / 86_400
    weight = case((entry.kind == "ticket", 3), else_=1)
    rank = func.ts_rank(entry.words, query) * weight / (1 + age / 365)
    best = select(entry.id, entry.kind, rank.label("rank")).where(entry.id.in_(ids))
    best = best.order_by(rank.desc(), entry.id.desc()).limit(SHOWN)
    return list(db.session.execute(dressed(best.subquery(), query)).all())


def fitting(query: Any) -> list[UUID]:
    """The newest that fit. What is frequent is soon found among the newest entries, what is rare by the index; left to
    choose by itself, PostgreSQL reads everything for a rare word, because it cannot know how rare parts of words are."""
    newest = select(SearchEntry.id, SearchEntry.words).order_by(SearchEntry.id.desc()).limit(LOOKED_THROUGH).subquery()
    among = select(newest.c.id).where(newest.c.words.op("@@")(query)).limit(CANDIDATES)
    found = list(db.session.scalars(among).all())
    if len(found) < CANDIDATES:
        fits = select(SearchEntry.id).where(SearchEntry.words.op("@@")(query)).offset(0).subquery()  # read by the index
        found = list(db.session.scalars(select(fits.c.id).order_by(fits.c.id.desc()).limit(CANDIDATES)).all())
    return found


def dressed(best: Any, query: Any) -> Any:
    part, here, own = TicketConversation, Conversation, aliased(Ticket)
    body = func.coalesce(Message.body, own.subject)
    told = [func.coalesce(getattr(own, name), getattr(Ticket, name)).label(name) for name in TOLD]
    return (
        select(
            best.c.kind, *told, here.number.label("conversation"),
            func.coalesce(Message.created_at, own.touched_at).label("at"), Person.name.label("sender"),
            func.ts_headline(config(), func.left(body, 3_000), query, HEADLINE).label("excerpt"),
        )
        .select_from(best)
        .outerjoin(Message, and_(Message.id == best.c.id, Message.deleted_at.is_(None)))
        .outerjoin(here, and_(here.tenant_id == Message.tenant_id, here.id == Message.conversation_id))
        .outerjoin(Person, and_(Person.tenant_id == Message.tenant_id, Person.id == Message.sender_id))
        .outerjoin(part, and_(part.tenant_id == here.tenant_id, part.conversation_id == here.id, part.until_seq.is_(None)))
        .outerjoin(Ticket, and_(Ticket.tenant_id == part.tenant_id, Ticket.id == part.ticket_id))
        .outerjoin(own, own.id == best.c.id)
        .order_by(best.c.rank.desc(), best.c.id.desc())
    )  # fmt: skip


def as_hit(line: Any) -> Hit:
    marked = escape(line.excerpt or "").replace(OPEN, Markup("<mark>")).replace(SHUT, Markup("</mark>"))
    return Hit(
        line.kind, line.number, line.subject or "", line.status, marked, line.at, line.sender or "", line.conversation
    )
