"""The keys of all into a temporary table, whoever shares one compared, and the pairs that are alike enough kept."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Column, MetaData, String, Table, Uuid, and_, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from ...db import db, now, uuid7
from ...tenancy import current_tenant
from ..models.duplicate import DuplicateSearch
from .blocks import LARGEST
from .compare import ENOUGH
from .kinds import KINDS, Kind

KEYS = Table("match_keys", MetaData(), Column("one", Uuid), Column("key", String),
             prefixes=["TEMPORARY"], postgresql_on_commit="DROP")  # fmt: skip
AT_A_TIME = 5_000
REMEMBERED = 150_000  # customers in memory, about 0.7 KiB each; more are read again


def look_through(search: DuplicateSearch) -> None:
    """Look at all customers and companies of the workspace, in one transaction that locks none of them."""
    search.customers, search.pairs = look(KINDS["customers"])
    search.companies, search.company_pairs = look(KINDS["companies"])
    search.finished_at = now()


def look(kind: Kind) -> tuple[int, int]:
    """(how many there are, how many pairs were found)."""
    moment = now()
    KEYS.create(db.session.connection(), checkfirst=False)
    memory: dict[UUID, Any] = {}
    count = stage(kind, memory)
    pairs = sum(keep(kind, judged(kind, pairs, memory), moment) for pairs in together())
    forget_unlike(kind, moment)
    KEYS.drop(db.session.connection(), checkfirst=False)
    return count, pairs


def stage(kind: Kind, memory: dict[UUID, Any]) -> int:
    """Write down the keys of all; returns how many there are."""
    count = 0
    cursor = db.session.connection().connection.cursor()
    for batch in kind.batches():
        count += len(batch)
        if len(memory) < REMEMBERED:
            memory.update((one.id, one) for one in batch)
        with cursor.copy("COPY match_keys (one, key) FROM STDIN") as copy:
            for one in batch:
                for key in kind.keys_of(one):
                    copy.write_row((one.id, key))
    cursor.execute("ANALYZE match_keys")
    return count


def together() -> Iterator[list[tuple[UUID, UUID]]]:
    """Pairs who share a key that not too many have, some thousand at a time."""
    shared = select(KEYS.c.key).group_by(KEYS.c.key).having(func.count().between(2, LARGEST)).subquery()
    one, other = KEYS.alias(), KEYS.alias()
    query = select(one.c.one, other.c.one).distinct().join(shared, shared.c.key == one.c.key)
    query = query.join(other, and_(other.c.key == one.c.key, one.c.one < other.c.one)).order_by(one.c.one)
    streamed = {"stream_results": True, "max_row_buffer": AT_A_TIME}
    rows = db.session.connection().execute(query, execution_options=streamed)
    while pairs := [(row[0], row[1]) for row in islice(rows, AT_A_TIME)]:
        yield pairs


def judged(kind: Kind, pairs: list[tuple[UUID, UUID]], memory: dict[UUID, Any]) -> list[dict[str, Any]]:
    """Those that are alike enough."""
    missing = {id for pair in pairs for id in pair if id not in memory}
    here = kind.these(missing) if missing else {}
    rows = []
    for one, other in pairs:
        points, why = kind.compare(memory.get(one) or here[one], memory.get(other) or here[other], ENOUGH)
        if points >= ENOUGH:
            rows.append({"one_id": one, "other_id": other, "points": points, "why": why})
    return rows


def keep(kind: Kind, rows: list[dict[str, Any]], moment: datetime) -> int:
    """What was decided of a pair stays."""
    if not rows:
        return 0
    same = {"tenant_id": current_tenant.id, "seen_at": moment, "created_at": moment, "state": "found"}
    query = insert(kind.pairs.__table__).values([{**same, "id": uuid7(), **row} for row in rows])
    news = {name: query.excluded[name] for name in ("points", "why", "seen_at")}
    db.session.execute(query.on_conflict_do_update(index_elements=["tenant_id", "one_id", "other_id"], set_=news))
    return len(rows)


def forget_unlike(kind: Kind, moment: datetime) -> None:
    """What was changed since may not be alike any more."""
    old = kind.pairs.state == "found", kind.pairs.seen_at < moment
    db.session.execute(delete(kind.pairs).where(*old))
