"""What becomes of the tickets of a person who is erased: nobody can answer in them any more, so they are closed; and the search
forgets them, with words that only they used."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, cast, delete, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import TSQUERY

from ..conversations.models import Conversation
from ..db import db
from ..personal import Erasing, erases
from .closing import talked_in
from .models import Ticket
from .models.merging import put
from .models.search import SearchEntry, SearchWord

AT_A_TIME = 1_000


@erases
def close_theirs(mine: Erasing) -> None:
    """Not by way of being solved, after which customers are asked for stars."""
    for id in db.session.scalars(unclosed().where(Ticket.id.in_(mine.ids("tickets"))).order_by(Ticket.id)).all():
        close_for_erasure(id)


def unclosed() -> Any:
    """The ids of tickets that are closed with their person; what was merged is with the other one."""
    return select(Ticket.id).where(Ticket.status != "closed", Ticket.merged_into_id.is_(None))


def close_for_erasure(id: UUID) -> None:
    """It stands there once why: in a conversation that is open it is said already."""
    talks = [Conversation.locked(id=one) for one in talked_in(id)]
    if talks and all(talk.status == "closed" for talk in talks):
        talks[-1].say({"event": "erased"}, public=False)
    put(Ticket.locked(id=id), "closed", why="erased")


@erases
def forget_words(mine: Erasing) -> None:
    kept = (mine.ids(name) for name in ("tickets", "messages", "search_entries"))
    ids = SearchEntry.id.in_(union_all(*kept))
    word = func.unnest(func.tsvector_to_array(SearchEntry.words)).label("word")
    words = sorted(set(db.session.scalars(select(word).where(ids)).all()))
    db.session.execute(delete(SearchEntry).where(ids).execution_options(synchronize_session=False))
    for at in range(0, len(words), AT_A_TIME):
        gone = SearchWord.word.in_(unused(words[at : at + AT_A_TIME]))
        db.session.execute(delete(SearchWord).where(gone).execution_options(synchronize_session=False))


def unused(words: list[str]) -> Any:
    """Those of the words that stand in no entry any more: each is looked for in the index."""
    one = select(func.unnest(literal(words, ARRAY(Text))).label("word")).subquery()
    escaped = func.replace(func.replace(one.c.word, "\\", "\\\\"), "'", "''")
    exact = cast(func.concat("'", escaped, "'"), TSQUERY)
    return select(one.c.word).where(~select(SearchEntry.id).where(SearchEntry.words.op("@@")(exact)).exists())
