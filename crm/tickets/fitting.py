"""Which entries fit the words of a search best, without reading more of them than it takes.

A word is found as the tenant's language reduces it, and as a part of longer ones. Of what fits, the newest 400 are ranked:
the two newest shelves are looked through first, then as many as it will take, or all for what is rare. So a frequent word
costs little because it is soon found often enough, and a rare one because the index names the few entries that have it.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, and_, case, cast, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import TSQUERY

from ..customers.queries import escaped
from ..db import db
from .indexing import config
from .models.search import SHELF, SearchEntry, SearchMark, SearchWord

MOST_WORDS = 5
SHORTEST_PART = 3  # below, trigrams do not help
FORMS = 40  # for how many words the parts are taken together
LOOKED_AT = 500  # of those that were written first, which mostly are the frequent ones
CANDIDATES = 400
SHOWN = 25
FIRST, RARE = 2, 20  # shelves to begin with; what is found less often on them is looked for on all
# Of PostgreSQL's ways to a row, the search may only take the index of words: how rare a part of a word is, it cannot know.
LEXEME = re.compile(r"'([^']+)'")
OTHER_WAYS = ("enable_seqscan", "enable_indexscan", "enable_indexonlyscan")


@dataclass(frozen=True)
class Sought:
    """One word: `whole`, a tsquery of what the language makes of it (or ""), and the `forms` that have it in them."""

    written: str
    whole: str
    forms: list[str] = field(default_factory=list)

    def either(self, among: set[str] | None = None) -> str:
        forms = [quoted(form) for form in self.forms if among is None or form in among]
        return "(" + " | ".join([f"({self.whole})"] * bool(self.whole) + forms) + ")"


@dataclass(frozen=True)
class Found:
    """The ids of the best, the best first; the tsquery that marks what was found in them, and its words."""

    ids: list[UUID]
    marking: Any
    seen: list[str]


def best(wanted: str) -> Found | None:
    """None when nothing fits. Parts are looked for when the words as they were written do not fill the page."""
    words = [part for word in wanted.split()[:MOST_WORDS] if (part := word.strip("#.,;:!?()\"'"))]
    sought, newest = understood(words)
    lines = fitting(sought, newest) if sought and all(one.whole for one in sought) else []
    if len(lines) < SHOWN:
        sought = [one for one in with_forms(sought) if one.whole or one.forms]
        lines = fitting(sought, newest) if sought else []
    prefer_any_way()
    return found_in(lines, sought) if lines else None


def found_in(lines: list[Any], sought: list[Sought]) -> Found:
    there = {word for line in lines for word in line.lexemes}
    seen = [word for one in sought for word in [*LEXEME.findall(one.whole), *one.forms] if word in there]
    return Found([line.id for line in lines], joined(one.either(there) for one in sought), list(dict.fromkeys(seen)))


def understood(words: list[str]) -> tuple[list[Sought], int]:
    """The words, and the newest shelf. Words that the language leaves out ("the") count only when there are no others."""
    ways = [func.set_config(way, "off", True) for way in OTHER_WAYS]
    plan = func.set_config("plan_cache_mode", "force_custom_plan", True)  # words differ in frequency
    whole = [cast(func.plainto_tsquery(config(), word), String()) for word in words]
    taken = select(SearchMark.taken).limit(1).scalar_subquery()
    query = select(*(part.label(f"part_{at}") for at, part in enumerate([taken, *whole, plan, *ways])))
    line = list(db.session.execute(query).one())
    found = [Sought(word.lower(), whole) for word, whole in zip(words, line[1:], strict=False)]
    return [one for one in found if one.whole] or found, (line[0] or 0) // SHELF


def with_forms(sought: list[Sought]) -> list[Sought]:
    forms = forms_of({at: one.written for at, one in enumerate(sought)})
    return [replace(one, forms=forms.get(at, [])) for at, one in enumerate(sought)]


def forms_of(parts: dict[int, str]) -> dict[int, list[str]]:
    """{place: words that have the part in them}, in one statement."""
    most = FORMS // max(len(parts), 1)
    queries = [forms_query(at, part, most) for at, part in parts.items() if len(part) >= SHORTEST_PART]
    found: dict[int, list[str]] = {}
    for at, word in db.session.execute(union_all(*queries)) if queries else ():
        found.setdefault(at, []).append(word)
    return found


def forms_query(at: int, part: str, most: int) -> Select[Any]:
    """Words that begin with it before those that only have it in them; of these the ones that were written first."""
    begins, has = (SearchWord.word.like(f"{before}{escaped(part)}%", escape="\\") for before in ("", "%"))
    first = select(SearchWord.word, SearchWord.id, begins.label("begins")).where(has).limit(LOOKED_AT).subquery()
    chosen = select(first.c.word).order_by(first.c.begins.desc(), first.c.id).limit(most).subquery()
    return select(literal(at), chosen.c.word)


def fitting(sought: list[Sought], newest: int) -> list[Any]:
    """The best entries (id, lexemes) on as many shelves as it takes."""
    shelves: int | None = FIRST
    while shelves and shelves <= newest:
        found = list(db.session.execute(ranked(sought, newest, shelves)).all())
        count = found[0].candidates if found else 0
        if count == CANDIDATES:
            return found
        shelves = enough(count) if shelves == FIRST and count >= RARE else None
    return list(db.session.execute(ranked(sought, newest, None)).all())


def enough(count: int) -> int:
    """How many shelves will have 400, half as many again to be sure, when the first ones have this count."""
    return 3 * FIRST * CANDIDATES // (2 * count) + 1


def ranked(sought: list[Sought], newest: int, shelves: int | None) -> Select[Any]:
    """Of the newest that fit, the best. A word as it was written counts far more than one that has it in it."""
    entry, either = SearchEntry, joined(one.either() for one in sought)
    fits = entry.words.op("@@")(either)
    place = entry.shelf > newest - shelves if shelves else literal(True)
    newest_that_fit = select(entry.id, entry.kind, entry.created_at, entry.words).where(and_(place, fits))
    some = newest_that_fit.order_by(entry.id.desc()).limit(CANDIDATES).subquery()
    age = func.extract("epoch", func.now() - some.c.created_at) / 86_400
    weight = case((some.c.kind == "ticket", 3), else_=1)
    exact = [f"({one.whole})" for one in sought if one.whole]
    rank = func.ts_rank(some.c.words, either) + (func.ts_rank(some.c.words, joined(exact)) if exact else 0)
    columns = some.c.id, func.tsvector_to_array(some.c.words).label("lexemes"), func.count().over().label("candidates")
    return select(*columns).order_by((rank * weight / (1 + age / 365)).desc(), some.c.id.desc()).limit(SHOWN)


def prefer_any_way() -> None:
    """What is read from now on is read as PostgreSQL thinks best."""
    db.session.execute(select(*(func.set_config(way, "on", True) for way in OTHER_WAYS)))


def joined(parts: Any) -> Any:
    return cast(literal(" & ".join(parts), String()), TSQUERY)


def quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
