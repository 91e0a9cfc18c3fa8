"""Taking what is written into the search: new messages by the clock, so that writing one costs nothing; changes when they happen.

Of conversations between colleagues nothing is taken in: they are read by the two alone.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, delete, func, literal, select
from sqlalchemy.dialects.postgresql import REGCONFIG, insert

from ..conversations.models import Conversation, Message
from ..db import db, now
from ..events import Event, later
from ..jobs import every
from ..tenancy import current_tenant
from .models import Ticket
from .models.search import SearchEntry, SearchMark, SearchWord

BATCH = 5_000
LATE = timedelta(minutes=2)  # a message may be committed that long after its id was made
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
CONFIGS = {"de": "german", "en": "english"}


def config() -> Any:
    """PostgreSQL's text search of the tenant's language."""
    return literal(CONFIGS.get(current_tenant.language, "simple"), REGCONFIG)


@every(seconds=5)
def take_in_messages() -> None:
    """Everything that was said since the last look, and a little before."""
    mark = SearchMark.first() or SearchMark(taken_to=FIRST).save()
    since, moment = mark.taken_to - LATE, now()
    last: UUID | None = first_id(since)
    while last is not None:
        last = take_in_after(last)
    mark.taken_to = moment


def take_in_after(id: UUID) -> UUID | None:
    """Take in up to 5,000 messages after this one; returns the last when there may be more."""
    ids = list(db.session.scalars(select(Message.id).where(Message.id > id).order_by(Message.id).limit(BATCH)).all())
    known = set(db.session.scalars(select(SearchEntry.id).where(SearchEntry.id.in_(ids))).all())
    write(messages_among([one for one in ids if one not in known]))
    return ids[-1] if len(ids) == BATCH else None


def messages_among(ids: list[UUID]) -> Select[Any]:
    here = and_(Conversation.tenant_id == Message.tenant_id, Conversation.id == Message.conversation_id)
    query = select(
        Message.tenant_id, Message.id, Message.created_at, literal("message"), Message.conversation_id,
        func.to_tsvector(config(), Message.body),
    ).join(Conversation, here)  # fmt: skip
    mine = Message.tenant_id == current_tenant.id, Conversation.tenant_id == current_tenant.id
    query = query.where(*mine, Message.id.in_(ids), Message.kind != "system", Message.deleted_at.is_(None))
    return query.where(Message.body != "", Conversation.channel != "internal")


def write(found: Select[Any]) -> None:
    """Add entries, and their words to all words."""
    columns = ["tenant_id", "id", "created_at", "kind", "conversation_id", "words"]
    adding = insert(SearchEntry.__table__).from_select(columns, found).on_conflict_do_nothing()
    ids = list(db.session.scalars(adding.returning(SearchEntry.__table__.c.id)).all())
    if not ids:
        return
    word = func.unnest(func.tsvector_to_array(SearchEntry.words)).label("word")
    mine = SearchEntry.tenant_id == current_tenant.id, SearchEntry.id.in_(ids)
    every_word = select(word).where(*mine).distinct().subquery()
    rows = select(literal(current_tenant.id), func.make_uuid7(), every_word.c.word)
    query = insert(SearchWord.__table__).from_select(["tenant_id", "id", "word"], rows)
    db.session.execute(query.on_conflict_do_nothing())


@later("message.edited", "message.deleted")
def take_in_again(event: Event) -> None:
    forget(event.subject_id)
    write(messages_among([event.subject_id]))


@later("ticket.opened", "ticket.changed")
def take_in_ticket(event: Event) -> None:
    forget(event.subject_id)
    words = func.to_tsvector(config(), Ticket.subject)
    nothing = literal(None, type_=SearchEntry.__table__.c.conversation_id.type)
    query = select(Ticket.tenant_id, Ticket.id, Ticket.created_at, literal("ticket"), nothing, words)
    write(query.where(Ticket.tenant_id == current_tenant.id, Ticket.id == event.subject_id))


def forget(id: UUID) -> None:
    db.session.execute(delete(SearchEntry).where(SearchEntry.id == id))


def first_id(moment: datetime) -> UUID:
    """Before every id that was made at this moment or later."""
    return UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)
