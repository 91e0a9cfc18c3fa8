"""What became of records after an import: of their own columns, and of what goes with them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, select

from ..audit import Audit
from ..db import db
from ..references import pointers
from .kinds import Importable
from .models import ImportRow

Moments = dict[Any, datetime]


def later_changes(kind: Importable, rows: list[ImportRow]) -> set[Any]:
    """Records of which something is another now than right after the import, also in the parts of a new one."""
    since = {row.record_id: row.created_at for row in rows}
    found = changed(kind.table, since)
    for table, parts in parts_of(kind, rows):
        owners = {id: owner for id, owner, moment in parts if moment <= since[owner]}
        found |= {owners[id] for id in changed(table, {id: since[owner] for id, owner in owners.items()})}
    return found


def added_since(kind: Importable, rows: list[ImportRow]) -> set[Any]:
    """New records that somebody has put something to since: it would go with them."""
    since = {row.record_id: row.created_at for row in rows}
    return {
        owner for _table, parts in parts_of(kind, rows) for _id, owner, moment in parts if moment > since[owner]
    }  # fmt: skip


def changed(table: Table, since: Moments) -> set[Any]:
    """Rows that are not as they were at their moments; what was changed there and back is as it was."""
    if not since:
        return set()
    query = select(Audit.row_id, Audit.created_at, Audit.changes).where(
        Audit.table_name == table.name, Audit.row_id.in_(since), Audit.id > func.first_uuid7(min(since.values()))
    )
    net: dict[Any, dict[str, list[Any]]] = {}
    for row_id, moment, changes in db.session.execute(query.order_by(Audit.id)):
        if moment > since[row_id]:
            for name, (before, after) in changes.items():
                net.setdefault(row_id, {}).setdefault(name, [before, after])[1] = after
    return {id for id, found in net.items() if any(before != after for before, after in found.values())}


def parts_of(kind: Importable, rows: list[ImportRow]) -> Iterator[tuple[Table, list[tuple[UUID, UUID, datetime]]]]:
    """Of each table the parts of new records: (id, whose it is, when it came)."""
    new = [row.record_id for row in rows if row.outcome == "created" and row.record_id]
    for pointer in pointers(kind.table.name) if new else ():
        if pointer.table.name in kind.parts:
            query = select(pointer.table.c.id, pointer.at, pointer.table.c.created_at).where(pointer.of(*new))
            yield pointer.table, [(id, owner, moment) for id, owner, moment in db.session.execute(query)]
