"""Pages of a list by keyset: the next one begins after the last row, however deep, at the same cost."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from sqlalchemy import bindparam, tuple_

from .db import db
from .web import Invalid, Kind, Unfit, clean


@dataclass(frozen=True)
class Page:
    """Rows of a list with the cursor of what follows; `next` is None at the end."""

    rows: list[Any]
    next: str | None
    after: str | None


def page(query: Any, *keys: Any, size: int = 50, descending: bool = True, scalars: bool = True,
         values: dict[str, Any] | None = None) -> Page:  # fmt: skip
    """One keyset page of `query` ordered by the columns `keys` (times, texts or UUIDs, none of them NULL).

    The cursor comes from `?after=`; a broken one is 422. Costs one statement and reads `size` + 1 rows.
    With `values` for its `bindparam`s the query is one that is made once, and so is its page.
    """
    after = request.args.get("after")
    there = decode(after, [LETTERS.get(key.type.python_type, "s") for key in keys]) if after else ()
    make = page_of.__wrapped__ if values is None else page_of
    statement, given = make(query, keys, size, descending, bool(after)), dict(values or {})
    given |= {f"after_{i}": value for i, value in enumerate(there)}
    rows = list((db.session.scalars if scalars else db.session.execute)(statement, given).all())
    more = len(rows) > size
    rows = rows[:size]
    return Page(rows, encode([getattr(rows[-1], key.key) for key in keys]) if more else None, after)


@lru_cache(1_000)  # the lists that make their queries forget some, too
def page_of(query: Any, keys: tuple[Any, ...], size: int, descending: bool, goes_on: bool) -> Any:
    if goes_on:
        here, there = tuple_(*keys), tuple_(*(bindparam(f"after_{i}", type_=key.type) for i, key in enumerate(keys)))
        query = query.where(here < there if descending else here > there)
    return query.order_by(*(key.desc() if descending else key for key in keys)).limit(size + 1)


def encode(values: list[Any]) -> str:
    shown = [
        f"t{v.isoformat()}" if isinstance(v, datetime) else f"u{v}" if isinstance(v, UUID) else f"s{v}" for v in values
    ]
    return urlsafe_b64encode("\x1f".join(shown).encode()).decode().rstrip("=")


LETTERS: dict[type, str] = {datetime: "t", UUID: "u"}


def decode(cursor: str, letters: list[str]) -> tuple[Any, ...]:
    """The values of a cursor whose columns are of these kinds. Raises Invalid for any other, which is forged."""
    makers: dict[str, Kind] = {"t": datetime.fromisoformat, "u": UUID, "s": str}
    try:
        parts = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("\x1f")
        values = tuple(makers[part[0]](clean(part[1:], 500)) for part in parts)
    except (ValueError, KeyError, IndexError, Unfit):
        parts, values = [], ()
    if [part[0] for part in parts] != letters:
        raise Invalid({"after": _("This page of the list no longer exists. Begin at its start.")})
    return values
