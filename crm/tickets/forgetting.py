"""The search forgets a person who is erased: the entries of their tickets, and words that only they used."""

from sqlalchemy import Text, cast, delete, func, literal, or_, select
from sqlalchemy.dialects.postgresql import TSQUERY

from ..db import db
from ..personal import Erasing, erases
from .models.search import SearchEntry, SearchWord


@erases
def forget_words(mine: Erasing) -> None:
    ids = or_(*(SearchEntry.id.in_(mine.ids(name)) for name in ("tickets", "messages", "search_entries")))
    word = func.unnest(func.tsvector_to_array(SearchEntry.words)).label("word")
    words = set(db.session.scalars(select(word).where(ids).distinct()).all())
    db.session.execute(delete(SearchEntry).where(ids).execution_options(synchronize_session=False))
    for one in words:
        exact = literal("'" + one.replace("\\", "\\\\").replace("'", "''") + "'", Text)
        used = select(SearchEntry.id).where(SearchEntry.words.op("@@")(cast(exact, TSQUERY))).limit(1)
        if db.session.scalar(used) is None:
            db.session.execute(delete(SearchWord).where(SearchWord.word == one))
