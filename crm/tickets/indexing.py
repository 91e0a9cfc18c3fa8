"""Taking what is written into the search: new messages by the clock, so that writing one costs nothing; changes when they happen.

Of conversations between colleagues nothing is taken in: they are read by the two alone.
"""

from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, delete, func, literal, select
from sqlalchemy.dialects.postgresql import REGCONFIG, insert

from ..conversations.models import Conversation, Message
from ..db import db, now
from ..events import Event, commit, later
from ..jobs import every
from ..tenancy import current_tenant
from .models import Ticket
from .models.search import SearchEntry, SearchMark, SearchWord

BATCH = 2_000
SECONDS = 2.0  # for one tenant at a time: the clock has other work, and what is left is taken in at the next look
LATE = timedelta(
    minutes=2
)  # a message may be committed that long after its id was made; later ones are found by look_again
UNWRITTEN = timedelta(minutes=1)  # the mark is not moved more often while nothing is said
DAY = timedelta(days=1)
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
CONFIGS = {"de": "german", "en": "english"}


def config() -> Any:
    """PostgreSQL's text search of the tenant's language."""
    return literal(CONFIGS.get(current_tenant.language, "simple"), REGCONFIG)


@every(seconds=5)
def take_in_messages() -> None:
    """What was said since the last look, and a little before. How far it came is kept after each batch, so that neither a
    million messages at once nor a break in the middle of them is felt elsewhere."""
    mark = SearchMark.first() or SearchMark(taken_to=FIRST, taken=0, language=current_tenant.language).save()
    moment, until = now(), monotonic() + SECONDS
    last: UUID | None = mark.reached or first_id(mark.taken_to - LATE)
    while last is not None:
        last = mark.reached = take_in_after(last, mark)
        if last is None or monotonic() > until:
            break
        commit()
    if last is None and moment - mark.taken_to > UNWRITTEN:
        mark.taken_to = moment


def take_in_after(id: UUID, mark: SearchMark) -> UUID | None:
    """Take in up to 2,000 messages after this one; returns the last when there may be more."""
    ids = list(db.session.scalars(select(Message.id).where(Message.id > id).order_by(Message.id).limit(BATCH)).all())
    known = set(db.session.scalars(select(SearchEntry.id).where(SearchEntry.id.in_(ids))).all()) if ids else set()
    if unknown := [one for one in ids if one not in known]:
        mark.taken += write(messages_among(unknown, mark.shelf))
    return ids[-1] if len(ids) == BATCH else None


@every(seconds=6 * 3600)
def look_again() -> None:
    """The next look goes a day back: who imports much in one transaction commits long after the ids were made."""
    mark = SearchMark.first()
    if mark and mark.reached is None:
        mark.taken_to = min(mark.taken_to, now() - DAY)


def messages_among(ids: list[UUID], shelf: int) -> Select[Any]:
    here = and_(Conversation.tenant_id == Message.tenant_id, Conversation.id == Message.conversation_id)
    query = select(
        Message.tenant_id, Message.id, Message.created_at, literal("message"), Message.conversation_id,
        func.to_tsvector(config(), Message.body), literal(shelf),
    ).join(Conversation, here)  # fmt: skip
    mine = Message.tenant_id == current_tenant.id, Conversation.tenant_id == current_tenant.id
    query = query.where(*mine, Message.id.in_(ids), Message.kind != "system", Message.deleted_at.is_(None))
    return query.where(Message.body != "", Conversation.channel != "internal")


def write(found: Select[Any]) -> int:
    """Add entries, and their words to all words, the frequent first; returns how many entries."""
    columns = ["tenant_id", "id", "created_at", "kind", "conversation_id", "words", "shelf"]
    adding = insert(SearchEntry.__table__).from_select(columns, found).on_conflict_do_nothing()
    ids = list(db.session.scalars(adding.returning(SearchEntry.__table__.c.id)).all())
    if ids:
        learn_words(ids)
    return len(ids)


def learn_words(ids: list[UUID]) -> None:
    """The words of these entries are known from now on. While all are written anew, those that are met are given a new id:
    the others are forgotten at the end."""
    mark = SearchMark.first()
    since = first_id(mark.anew_since) if mark and mark.anew_since else UUID(int=0)
    word = func.unnest(func.tsvector_to_array(SearchEntry.words)).label("word")
    mine = SearchEntry.tenant_id == current_tenant.id, SearchEntry.id.in_(ids)
    each = select(word).where(*mine).subquery()
    often = select(each.c.word).group_by(each.c.word).order_by(func.count().desc(), each.c.word).subquery()
    rows = select(literal(current_tenant.id), func.make_uuid7(), often.c.word)
    adding, known = insert(SearchWord.__table__).from_select(["tenant_id", "id", "word"], rows), SearchWord.__table__.c
    index, anew = ["tenant_id", "word"], {"id": adding.excluded.id}
    db.session.execute(adding.on_conflict_do_update(index_elements=index, set_=anew, where=known.id < since))


@later("message.edited", "message.deleted")
def take_in_again(event: Event) -> None:
    forget(event.subject_id)
    write(messages_among([event.subject_id], newest_shelf()))


@later("ticket.opened", "ticket.changed")
def take_in_ticket(event: Event) -> None:
    take_in_tickets([event.subject_id])


def take_in_tickets(ids: list[UUID]) -> None:
    forget_all(ids)
    words = func.to_tsvector(config(), Ticket.subject)
    nothing = literal(None, type_=SearchEntry.__table__.c.conversation_id.type)
    query = select(
        Ticket.tenant_id, Ticket.id, Ticket.created_at, literal("ticket"), nothing, words, literal(newest_shelf())
    )
    write(query.where(Ticket.tenant_id == current_tenant.id, Ticket.id.in_(ids)))


def newest_shelf() -> int:
    """Read without a lock: what changes now stands with what is said now, and is not counted."""
    mark = SearchMark.first()
    return mark.shelf if mark else 0


def forget(id: UUID) -> None:
    forget_all([id])


def forget_all(ids: list[UUID]) -> None:
    db.session.execute(delete(SearchEntry).where(SearchEntry.id.in_(ids)))


def first_id(moment: datetime) -> UUID:
    """Before every id that was made at this moment or later."""
    return UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)
