"""Finding records of every kind by what stands on them: a name, a part of it, an address, a number, a telephone number.

A feature says with `finds` how its records are found; all are looked for in one statement, which is made once for each shape
of what is asked. Words are looked for in a column that has a trigram index (see crm/customers/models).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, case, cast, func, literal, or_, select, union_all

from .db import db, prepared
from .phones import as_e164, country_here

MOST_WORDS = 5
SHORTEST_PART = 3  # a trigram: of shorter words only beginnings are looked for
LOOKED_AT = 100  # of what a frequent word finds; the best of these are shown
DIGITS = 5
LONGEST_NUMBER = 10  # digits that fit into a number of a record, and no more
LAST = "\U0010ffff"
MARKS_OF_PHONES = frozenset("0123456789 +-/.()")


@dataclass(frozen=True)
class Asked:
    """The shape of what is asked: for each word whether it is long enough for a part; whether the whole is a telephone number
    (of which with its first digits nothing else needs to be looked for), or the beginning of an e-mail address."""

    parts: tuple[bool, ...]
    phone: bool
    from_first_digit: bool
    email: bool
    number: bool = False  # such as 40 or #40: the `number` of a record

    @property
    def exact(self) -> bool:
        """Looked for by its beginning alone: an address or number as a whole has so many parts that finding them takes long."""
        return self.email or self.from_first_digit

    def stands_in(self, column: Any) -> ColumnElement[bool]:
        """Each of the words is in the column's text; words of one or two letters at the beginning of one of its words, unless
        longer ones narrow it."""
        return and_(*(part_of(column, at, long or any(self.parts)) for at, long in enumerate(self.parts)))

    def by_words(self, id: Any, column: Any) -> Select[Any]:
        """The ids where they stand in it. What is materialised PostgreSQL plans for all of it, and so takes the index of
        words also for what it believes to be frequent and is not; it is read no further than it takes."""
        found = select(id.label("id")).where(self.stands_in(column))
        return select(found.cte(f"in_{id.table.name}", nesting=True).prefix_with("MATERIALIZED").c.id)


@dataclass(frozen=True)
class Kind:
    """A kind of record. `ids(asked)` are selects of the ids of those that fit, none when nothing of this kind can be asked
    so; `shown` selects of a row of `model` its key (of its address), name, about (what tells it from others) and at (the
    newer first). `all_of` is the list that goes on where this ends."""

    name: str
    title: Any
    icon: str
    permission: str
    path: str
    model: Any
    ids: Callable[[Asked], list[Select[Any]]]
    shown: Callable[[], Select[Any]]
    all_of: str = ""


@dataclass(frozen=True)
class Record:
    """What was found: where it leads, its name, and what tells it from others of that name."""

    kind: Kind
    path: str
    name: str
    about: str


kinds: list[Kind] = []


def finds(kind: Kind) -> Kind:
    """Have the records of this kind found, after those of features to the left."""
    kinds.append(kind)
    return kind


def found_records(wanted: str, may: Callable[[str], bool], most: int) -> list[tuple[Kind, list[Record]]]:
    """Of each kind that one `may` see, at most so many, the best first; kinds without any are left out. One statement."""
    asked, values = shape(wanted)
    names = tuple(kind.name for kind in kinds if may(kind.permission))
    query = statement(names, asked) if asked.parts else None
    if query is None:
        return []
    lines = db.session.execute(query, values | {"most": most}).all()
    by_name = {kind.name: kind for kind in kinds}
    groups = groupby(lines, key=lambda line: line.kind)
    return [(by_name[name], [as_record(by_name[name], line) for line in some]) for name, some in groups]


def as_record(kind: Kind, line: Any) -> Record:
    return Record(kind, kind.path.format(line.key), line.name or f"#{line.key[-6:]}", line.about or "")


def shape(wanted: str) -> tuple[Asked, dict[str, Any]]:
    """What is asked, and the values for it. Of a telephone number in whatever notation its digits are one word."""
    whole = " ".join(wanted.split())
    words = digits_of(whole) or whole.split()[:MOST_WORDS]
    phone = phone_in(whole)
    values: dict[str, Any] = {f"word_{at}": escaped(word) for at, word in enumerate(words)}
    values |= {"begins": escaped(words[0]) + "%" if words else "", "whole": whole, "capital": whole.title()}
    values |= {"phone": phone, "email": whole.lower()}
    values |= {f"{name}_end": (values[name] or "") + LAST for name in ("whole", "capital", "phone", "email")}
    values["number"] = number_in(whole)
    email = "@" in whole[1:] and " " not in whole
    return Asked(
        tuple(len(word) >= SHORTEST_PART for word in words), bool(phone), is_whole_phone(whole), email,
        values["number"] is not None,
    ), values  # fmt: skip


def number_in(wanted: str) -> int | None:
    digits = wanted.removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < LONGEST_NUMBER else None


def phone_in(wanted: str) -> str | None:
    """As E.164 writes it."""
    return as_e164(wanted, country_here()) if looks_like_a_phone(wanted) else None


def is_whole_phone(wanted: str) -> bool:
    """Whether it is a telephone number with its first digits, in whatever notation: +49 30 901820 or 030 90 18 20."""
    return wanted[:1] in ("+", "0") and phone_in(wanted) is not None


def looks_like_a_phone(wanted: str) -> bool:
    return set(wanted) <= MARKS_OF_PHONES and sum(sign.isdecimal() for sign in wanted) >= DIGITS


def digits_of(wanted: str) -> list[str]:
    """030 / 90 18-20 is kept as +4930901820: without the zeros before it, it is a part of that."""
    digits = "".join(sign for sign in wanted if sign.isdecimal()).lstrip("0")
    return [digits] if looks_like_a_phone(wanted) and digits else []


@lru_cache(maxsize=512)
def statement(names: tuple[str, ...], asked: Asked) -> Any:
    chosen = [(kind, kind.ids(asked)) for kind in kinds if kind.name in names]
    arms = [select(best_of(kind, ids).subquery()) for kind, ids in chosen if ids]
    return prepared(union_all(*arms)) if arms else None


def best_of(kind: Kind, ids: list[Select[Any]]) -> Select[Any]:
    """Those whose name begins with it first, then the newest. The ways are gone one after the other until there are enough."""
    each = (select(query.limit(LOOKED_AT).subquery().c.id) for query in ids)
    some = union_all(*each).limit(LOOKED_AT).subquery()
    line = kind.shown().where(kind.model.id.in_(select(some.c.id))).subquery()
    begins = case((line.c.name.ilike(bindparam("begins", type_=String()), escape="\\"), 0), else_=1)
    columns = literal(kind.name).label("kind"), cast(line.c.key, String).label("key"), line.c.name, line.c.about
    return select(*columns).order_by(begins, line.c.at.desc().nulls_last()).limit(bindparam("most"))


def part_of(column: Any, at: int, anywhere: bool) -> ColumnElement[bool]:
    word = bindparam(f"word_{at}", type_=String())
    if anywhere:
        return column.ilike(literal("%") + word + "%", escape="\\")
    return or_(column.ilike(word + "%", escape="\\"), column.ilike(literal("% ") + word + "%", escape="\\"))


def is_the(name: str, column: Any) -> ColumnElement[bool]:
    """The column holds what was asked as a whole: its `phone`, `email` or `whole`."""
    return column == bindparam(name, type_=column.type)


def begins_with(name: str, column: Any) -> ColumnElement[bool]:
    """The column's text begins with the `phone`, `email`, `whole` or `capital` (the whole With Capitals) that was asked; its
    index serves this, because texts are compared sign by sign."""
    return and_(column >= bindparam(name, type_=String()), column < bindparam(f"{name}_end", type_=String()))


def about(*columns: Any) -> Any:
    """The first of these that says something."""
    return func.coalesce(*(func.nullif(column, "") for column in columns), "").label("about")


def escaped(word: str) -> str:
    for sign in ("\\", "%", "_"):
        word = word.replace(sign, "\\" + sign)
    return word
