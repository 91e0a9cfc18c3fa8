"""Everybody's keys into a temporary table, whoever shares one compared, and the pairs that are alike enough kept."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Column, MetaData, String, Table, Uuid, and_, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from ...db import db, now, uuid7
from ...tenancy import current_tenant
from ..models.duplicate import DuplicatePair, DuplicateSearch
from .blocks import LARGEST, keys_of
from .compare import ENOUGH, Known, compare
from .reading import everybody, these

KEYS = Table("match_keys", MetaData(), Column("person", Uuid), Column("key", String),
             prefixes=["TEMPORARY"], postgresql_on_commit="DROP")  # fmt: skip
AT_A_TIME = 5_000
REMEMBERED = 150_000  # customers in memory, about 0.7 KiB each; more are read again


def look_through(search: DuplicateSearch) -> None:
    """Look at all customers of the workspace, in one transaction that locks none of them."""
    moment = now()
    KEYS.create(db.session.connection(), checkfirst=False)
    memory: dict[UUID, Known] = {}
    search.customers = stage(memory)
    found = (judged(pairs, memory) for pairs in together())
    search.pairs = sum(keep(rows, moment) for rows in found)
    forget_unlike(moment)
    KEYS.drop(db.session.connection(), checkfirst=False)
    search.finished_at = now()


def stage(memory: dict[UUID, Known]) -> int:
    """Write down everybody's keys; returns how many customers."""
    count = 0
    cursor = db.session.connection().connection.cursor()
    for batch in everybody():
        count += len(batch)
        if len(memory) < REMEMBERED:
            memory.update((one.id, one) for one in batch if one.id)
        with cursor.copy("COPY match_keys (person, key) FROM STDIN") as copy:
            for one in batch:
                for key in keys_of(one):
                    copy.write_row((one.id, key))
    cursor.execute("ANALYZE match_keys")
    return count


def together() -> Iterator[list[tuple[UUID, UUID]]]:
    """Pairs who share a key that not too many have, some thousand at a time."""
    shared = select(KEYS.c.key).group_by(KEYS.c.key).having(func.count().between(2, LARGEST)).subquery()
    one, other = KEYS.alias(), KEYS.alias()
    query = select(one.c.person, other.c.person).distinct().join(shared, shared.c.key == one.c.key)
    query = query.join(other, and_(other.c.key == one.c.key, one.c.person < other.c.person)).order_by(one.c.person)
    streamed = {"stream_results": True, "max_row_buffer": AT_A_TIME}
    rows = db.session.connection().execute(query, execution_options=streamed)
    while pairs := [(row[0], row[1]) for row in islice(rows, AT_A_TIME)]:
        yield pairs


def judged(pairs: list[tuple[UUID, UUID]], memory: dict[UUID, Known]) -> list[dict[str, Any]]:
    """Those that are alike enough."""
    missing = {id for pair in pairs for id in pair if id not in memory}
    here = {**these(missing)} if missing else {}
    rows = []
    for one, other in pairs:
        points, why = compare(memory.get(one) or here[one], memory.get(other) or here[other], ENOUGH)
        if points >= ENOUGH:
            rows.append({"one_id": one, "other_id": other, "points": points, "why": why})
    return rows


def keep(rows: list[dict[str, Any]], moment: datetime) -> int:
    """What was decided of a pair stays."""
    if not rows:
        return 0
    table = DuplicatePair.__table__
    same = {"tenant_id": current_tenant.id, "seen_at": moment, "created_at": moment, "state": "found"}
    query = insert(table).values([{**same, "id": uuid7(), **row} for row in rows])
    news = {name: query.excluded[name] for name in ("points", "why", "seen_at")}
    db.session.execute(query.on_conflict_do_update(index_elements=["tenant_id", "one_id", "other_id"], set_=news))
    return len(rows)


def forget_unlike(moment: datetime) -> None:
    """Who was changed since may not be alike any more."""
    old = DuplicatePair.state == "found", DuplicatePair.seen_at < moment
    db.session.execute(delete(DuplicatePair).where(*old))
