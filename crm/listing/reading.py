"""From what is asked to rows: conditions, keyset pages over any order, and counts that do not scan."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterator
from datetime import datetime
from json import dumps, loads
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Select, and_, func, literal, or_, select

from ..db import db
from ..paging import Page
from ..web import Invalid, clean
from .asked import Asked, Condition
from .estimate import planned_rows
from .listing import Listing
from .ways import met

ROWS = 30
EXACT = 10_000
ANEW = {"planned_anew": True}  # how to find the rows hangs on the values: one may be had by all, another by nobody
PAGE, NEAR = 100, 5_000
FIRST, LAST = 0, 1  # those that have a value of the order, and those that have none


def page(listing: Listing, asked: Asked, after: str | None = None, size: int = ROWS) -> Page:
    """One page of records. One statement; a second one where rows without a value of the order begin."""
    phase, rows = FIRST, []
    there = decode(after, asked) if after else None
    if there:
        phase = there[0]
    if phase == FIRST:
        rows = part(listing, asked, FIRST, there, size + 1)
        there = None
    if len(rows) <= size and asked.sort is not None and asked.sort.absent() is not None:
        rows += part(listing, asked, LAST, there, size + 1 - len(rows))
    more, rows = len(rows) > size, rows[:size]
    return Page([row[0] for row in rows], encode(rows[-1]) if more else None, after)


def part(listing: Listing, asked: Asked, phase: int, there: Any, size: int) -> list[Any]:
    """Rows (record, phase, value of the order) of those with, or of those without a value.

    Which ones is found in the indexes alone; then these few are read.
    """
    model: Any = listing.model
    query, keys, walked = standing(model, asked, phase, there)
    found: list[Any] = []
    for pick in picks(query, keys, listing, asked, size, walked):
        picked = pick.subquery("picked")
        rows = select(model, literal(phase).label("phase"), picked.c.key).join(picked, picked.c.id == model.id)
        ordered = in_order(rows, again(picked, keys), asked.descending)
        found = list(db.session.execute(ordered, listing.values, execution_options=ANEW).all())
        if len(found) == size:
            break
    return found


def standing(model: Any, asked: Asked, phase: int, there: Any) -> tuple[Select[Any], list[Any], Any]:
    """Ids beside the value of the order, of those behind a cursor; by what they stand in order; and the id in the index through
    which the walk goes."""
    query, key, walked = select(model.id.label("id")), None, None
    if phase == FIRST and asked.sort is not None:
        query, key, walked = asked.sort.sorted(query)
    elif asked.sort is not None:
        query = query.where(asked.sort.absent())
    keys = [model.id] if key is None else [key, model.id]
    if there:
        query = query.where(beyond(keys, there[1:] if key is not None else there[2:], asked.descending))
    return query.add_columns((literal(None) if key is None else key).label("key")), keys, walked


def picks(query: Select[Any], keys: list[Any], listing: Listing, asked: Asked, size: int,
          walked: Any) -> Iterator[Select[Any]]:  # fmt: skip
    """The ids of a page; where a further select follows, it is for when the one before did not fill the page.

    What lacks something is looked for among the first ones. If that is hardly ever lacking, all are gone through at once:
    along the order PostgreSQL would look for the value of each.
    """
    late = asked.lacking if size <= PAGE else []
    if not late:
        yield in_order(narrowed(query, listing, asked, walked), keys, asked.descending).limit(size)
        return
    others = narrowed(query, listing, asked, walked, late)
    near = in_order(others.add_columns(lacks(late)), keys, asked.descending).limit(NEAR).subquery("near")
    whole = at_once(others, late)
    for found, those in ((near, [near.c.lacks]), (whole, [])):
        select_ids = select(found.c.id, found.c.key).where(*those)
        yield in_order(select_ids, again(found, keys), asked.descending).limit(size)


def lacks(late: list[Condition]) -> Any:
    return and_(*(one.lacking[0] for one in late)).label("lacks")


def at_once(query: Select[Any], late: list[Condition]) -> Any:
    return query.where(*(one.lacking[1] for one in late)).cte("whole").prefix_with("MATERIALIZED")


def again(found: Any, keys: list[Any]) -> list[Any]:
    """What they stand in order by, outside of the select that has them."""
    return [found.c.id] if len(keys) == 1 else [found.c.key, found.c.id]


def in_order(query: Select[Any], keys: list[Any], descending: bool) -> Select[Any]:
    return query.order_by(*(one.desc() if descending else one.asc() for one in keys))


def beyond(keys: list[Any], there: Any, descending: bool) -> Any:
    """Written out, because PostgreSQL uses an index for the first key and compares rows only of one type."""
    if len(keys) == 1:
        return keys[0] < there[0] if descending else keys[0] > there[0]
    first, id = keys
    if descending:
        return and_(first <= there[0], or_(first < there[0], id < there[1]))
    return and_(first >= there[0], or_(first > there[0], id > there[1]))


def narrowed(query: Select[Any], listing: Listing, asked: Asked, walked: Any = None,
             but: Collection[Condition] = ()) -> Select[Any]:  # fmt: skip
    """With the words and the conditions of what is asked; `walked` is the id in the index through which the walk goes."""
    query = query.where(*listing.always(asked), *(listing.search(asked.q) if asked.q else ()))
    return query.where(*held(listing.model, asked, walked, but))


def held(model: Any, asked: Asked, walked: Any = None, but: Collection[Condition] = ()) -> list[Any]:
    """The conditions of what is asked of this model, but for those that stand alone and are looked at by themselves."""
    groups = [group for group in asked.groups if group[0] not in but]
    if not groups:
        return []
    if asked.match == "any" and any(len(group) > 1 for group in groups):
        return [or_(*(and_(*(one.sql for one in group)) for group in groups))]
    if asked.match == "any":
        groups = [[one for group in groups for one in group]]
    return met(model, model.id if walked is None else walked, groups)


def count(listing: Listing, asked: Asked) -> tuple[int, bool]:
    """How many there are, and whether that is exact: above 10,000 it is what the planner takes it for."""
    model: Any = listing.model
    lines = narrowed(select(model.id), listing, asked)
    counting = select(func.count()).select_from(lines.limit(EXACT + 1).subquery())
    exact = db.session.scalar(counting, execution_options=ANEW) or 0
    if exact <= EXACT:
        return exact, True
    return max(planned_rows(lines), exact), False


def counted_to(most: int, query: Select[Any], asked: Asked, values: dict[str, Any], model: Any) -> int:
    """How many rows a select of the model has for which it holds, at most `most`."""
    late, found = asked.lacking, 0
    query = query.where(*held(model, asked, but=late))
    near = query.add_columns(lacks(late)).limit(NEAR).subquery("near") if late else None
    whole = at_once(query, late) if late else query.subquery("whole")
    for rows in (*([select(near).where(near.c.lacks)] if near is not None else []), select(whole)):
        counting = select(func.count()).select_from(rows.limit(most).subquery())
        found = db.session.scalar(counting, values, execution_options=ANEW) or 0
        if found == most:
            break
    return found


def whole_count(listing: Listing, asked: Asked) -> int:
    """Exactly, however long that takes."""
    model: Any = listing.model
    counting = select(func.count()).select_from(narrowed(select(model.id), listing, asked).subquery())
    return db.session.scalar(counting, execution_options=ANEW) or 0


def everything(listing: Listing, asked: Asked, size: int = 1_000) -> Iterator[list[Any]]:
    """All records in order, in batches."""
    after = None
    while True:
        found = page(listing, asked, after, size)
        if found.rows:
            yield found.rows
        if found.next is None:
            return
        after = found.next
        db.session.expunge_all()


def encode(row: Any) -> str:
    record, phase, key = row[0], row[1], row[2]
    sent = key.isoformat() if isinstance(key, datetime) else key if isinstance(key, int) else str(key)
    return urlsafe_b64encode(dumps([phase, sent, str(record.id)]).encode()).decode().rstrip("=")


def decode(cursor: str, asked: Asked) -> tuple[int, Any, UUID]:
    """Raises Invalid for a cursor of another order, or one that was forged."""
    try:
        phase, key, id = loads(urlsafe_b64decode(clean(cursor, 2_000) + "=" * (-len(cursor) % 4)))
        if phase not in (FIRST, LAST) or not isinstance(id, str):
            raise ValueError("no such phase")
        return phase, asked.sort.key_of(key) if phase == FIRST and asked.sort else None, UUID(id)
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Invalid({"after": _("This page of the list no longer exists. Begin at its start.")}) from None
