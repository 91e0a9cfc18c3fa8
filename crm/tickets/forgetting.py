"""The search forgets a person who is erased: the entries of their tickets, and words that only they used."""

from typing import Any

from sqlalchemy import ARRAY, Text, cast, delete, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import TSQUERY

from ..db import db
from ..personal import Erasing, erases
from .models.search import SearchEntry, SearchWord

AT_A_TIME = 1_000


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
