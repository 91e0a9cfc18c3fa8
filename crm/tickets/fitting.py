"""Which entries fit the words of a search best, without reading more of them than it takes.

A word is found as the tenant's language reduces it, and as a part of longer ones. Of what fits, the newest 400 are ranked:
the two newest shelves are looked through first, then as many as it will take, or all for what is rare. So a frequent word
costs little because it is soon found often enough, and a rare one because the index names the few entries that have it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, String, and_, bindparam, case, cast, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import REGCONFIG, TSQUERY

from ..db import db, prepared
from ..finding import escaped
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
    marking: str
    seen: list[str]


def best(wanted: str) -> Found | None:
    """None when nothing fits. Parts are looked for when the words as they were written do not fill the page.

    With what was found the next statement must open the other ways again: see `any_way`.
    """
    words = [part for word in wanted.split()[:MOST_WORDS] if (part := word.strip("#.,;:!?()\"'"))]
    sought, newest = understood(words)
    lines = fitting(sought, newest) if sought and all(one.whole for one in sought) else []
    if len(lines) < SHOWN:
        sought = [one for one in with_forms(sought) if one.whole or one.forms]
        lines = fitting(sought, newest) if sought else []
    if not lines:
        db.session.execute(select(*any_way()))
    return found_in(lines, sought) if lines else None


def found_in(lines: list[Any], sought: list[Sought]) -> Found:
    there = {word for line in lines for word in line.lexemes}
    seen = [word for one in sought for word in [*LEXEME.findall(one.whole), *one.forms] if word in there]
    return Found([line.id for line in lines], joined(one.either(there) for one in sought), list(dict.fromkeys(seen)))


def understood(words: list[str]) -> tuple[list[Sought], int]:
    """The words, and the newest shelf. Words that the language leaves out ("the") count only when there are no others."""
    values = {"config": config().value} | {f"word_{at}": word for at, word in enumerate(words)}
    line = list(db.session.execute(understanding(len(words)), values).one())
    found = [Sought(word.lower(), whole) for word, whole in zip(words, line[1:], strict=False)]
    return [one for one in found if one.whole] or found, (line[0] or 0) // SHELF


@cache
def understanding(count: int) -> Select[Any]:
    """How many entries there are, each word as a tsquery; and from here on no other way than the index of words."""
    language, words = (
        bindparam("config", type_=REGCONFIG()),
        [bindparam(f"word_{at}", type_=String()) for at in range(count)],
    )
    whole = [cast(func.plainto_tsquery(language, word), String()) for word in words]
    plan = func.set_config("plan_cache_mode", "force_custom_plan", True)  # words differ in frequency
    ways = [func.set_config(way, "off", True) for way in OTHER_WAYS]
    taken = select(SearchMark.taken).limit(1).scalar_subquery()
    return prepared(select(*(part.label(f"part_{at}") for at, part in enumerate([taken, *whole, plan, *ways]))))


def with_forms(sought: list[Sought]) -> list[Sought]:
    """Each with words that have it in them; those that are too short as they are. One statement."""
    long = [one for one in sought if len(one.written) >= SHORTEST_PART]
    values: dict[str, Any] = {f"part_{at}": escaped(one.written) for at, one in enumerate(long)}
    values |= {"most": FORMS // max(len(sought), 1)}
    forms: dict[str, list[str]] = {}
    for at, word in db.session.execute(forms_query(len(long)), values) if long else ():
        forms.setdefault(long[at].written, []).append(word)
    return [replace(one, forms=forms.get(one.written, [])) for one in sought]


@cache
def forms_query(count: int) -> Any:
    return prepared(union_all(*(forms_of(at, bindparam(f"part_{at}", type_=String())) for at in range(count))))


def forms_of(at: int, part: Any) -> Select[Any]:
    """Words that begin with it before those that only have it in them; of these the ones that were written first."""
    begins = SearchWord.word.like(part + "%", escape="\\")
    has = SearchWord.word.like(literal("%") + part + "%", escape="\\")
    first = select(SearchWord.word, SearchWord.id, begins.label("begins")).where(has).limit(LOOKED_AT).subquery()
    chosen = select(first.c.word).order_by(first.c.begins.desc(), first.c.id).limit(bindparam("most", type_=Integer()))
    return select(literal(at), chosen.subquery().c.word)


def fitting(sought: list[Sought], newest: int) -> list[Any]:
    """The best entries (id, lexemes) on as many shelves as it takes."""
    values = {
        "either": joined(one.either() for one in sought),
        "exact": joined(f"({one.whole})" for one in sought if one.whole),
        "most": CANDIDATES,
    }
    shelves: int | None = FIRST
    while shelves and shelves <= newest:
        found = list(db.session.execute(ranked(True), values | {"below": newest - shelves}).all())
        count = found[0].candidates if found else 0
        if count == CANDIDATES:
            return found
        shelves = enough(count) if shelves == FIRST and count >= RARE else None
    return list(db.session.execute(ranked(False), values).all())


def enough(count: int) -> int:
    """How many shelves will have 400, half as many again to be sure, when the first ones have this count."""
    return 3 * FIRST * CANDIDATES // (2 * count) + 1


@cache
def ranked(on_shelves: bool) -> Select[Any]:
    """Of the newest that fit `either`, the best. A word as it was written (`exact`) counts far more than one that has it in it."""
    entry = SearchEntry
    place = entry.shelf > bindparam("below", type_=Integer()) if on_shelves else literal(True)
    newest_that_fit = select(entry.id, entry.kind, entry.created_at, entry.words).where(
        and_(place, entry.words.op("@@")(tsquery("either")))
    )
    some = newest_that_fit.order_by(entry.id.desc()).limit(bindparam("most", type_=Integer())).subquery()
    age = func.extract("epoch", func.now() - some.c.created_at) / 86_400
    weight = case((some.c.kind == "ticket", 3), else_=1)
    rank = func.ts_rank(some.c.words, tsquery("either")) + func.ts_rank(some.c.words, tsquery("exact"))
    columns = some.c.id, func.tsvector_to_array(some.c.words).label("lexemes"), func.count().over().label("candidates")
    return prepared(select(*columns).order_by((rank * weight / (1 + age / 365)).desc(), some.c.id.desc()).limit(SHOWN))


def tsquery(name: str) -> Any:
    return cast(bindparam(name, type_=String()), TSQUERY)


def any_way() -> list[Any]:
    """Columns of a statement after which others are read as PostgreSQL thinks best."""
    return [func.set_config(way, "on", True).label(way) for way in OTHER_WAYS]


def joined(parts: Iterable[str]) -> str:
    return " & ".join(parts)


def quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
