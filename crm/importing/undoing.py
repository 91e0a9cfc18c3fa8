"""Taking an import back: new records go, changed ones get what they had, unless somebody changed them since."""

from typing import Any
from uuid import UUID

from psycopg.errors import ForeignKeyViolation, UniqueViolation
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from ..db import db, now
from ..events import commit
from .batches import tell
from .kinds import Importable, Written, importables
from .models import PATIENCE, Import, ImportRow
from .rows import MOST_TIED
from .since import added_since, later_changes
from .swapping import let_go
from .tying import who_has
from .writing import put_back

BATCH = 500


def take_back(id: UUID) -> bool:
    """A batch of it; whether there is more."""
    one = Import.locked(id=id)
    if one.state != "undoing":
        return False
    kind = importables[one.kind]
    if rows := last_rows(kind, id):
        free = untouched(kind, rows)
        left = restore(kind, [row for row in free if row.outcome == "updated"], one.id)
        remove(kind, [row for row in free if row.outcome == "created"], one.id)
        for row in restore(kind, left, one.id):
            row.undone = "changed"
        one.taken_back += sum(1 for row in rows if row.undone == "done")
        one.kept += sum(1 for row in rows if row.undone != "done")
        one.due = now() + PATIENCE
    else:
        one.end("undone")
    commit()
    return bool(rows)


def last_rows(kind: Importable, import_id: UUID) -> list[ImportRow]:
    """Those that come next, and as many more as it takes to have whoever holds what one of them had."""
    query = select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.outcome.in_(("created", "updated")))
    query = query.where(ImportRow.undone.is_(None), ~ImportRow.tried).order_by(ImportRow.id.desc())
    size = BATCH
    rows = list(db.session.scalars(query.limit(size)).all())
    while len(rows) == size < MOST_TIED and held_further_on(kind, import_id, rows):
        size *= 4
        rows = list(db.session.scalars(query.limit(size)).all())
    return rows


def held_further_on(kind: Importable, import_id: UUID, rows: list[ImportRow]) -> bool:
    """Whether rows of the import that are not among these hold something that one of these had."""
    known = {row.record_id for row in rows}
    others = {id for owners in holders(kind, rows).values() for id in owners.values()} - known
    query = select(ImportRow.id).where(ImportRow.import_id == import_id, ImportRow.record_id.in_(others))
    return bool(others) and db.session.scalar(query.where(ImportRow.undone.is_(None)).limit(1)) is not None


def holders(kind: Importable, rows: list[ImportRow]) -> dict[str, dict[Any, Any]]:
    """{key: {value that one of them had: the record that has it now}}"""
    wanted = {key: [value for row in rows if (value := before(row, key))] for key in kind.keys}
    return {key: dict(who_has(kind, key, values)) for key, values in wanted.items()}


def before(row: ImportRow, key: str) -> Any:
    """What a changed record had."""
    return (row.changes or {}).get(key, [None])[0] if row.outcome == "updated" else None


def untouched(kind: Importable, rows: list[ImportRow]) -> list[ImportRow]:
    """Those that are as the import left them; the others are marked. The records are locked first."""
    table, ids = kind.table, [row.record_id for row in rows]
    here = table.c.tenant_id == rows[0].tenant_id, table.c.id.in_(ids)
    known = set(db.session.scalars(select(table.c.id).where(*here).order_by(table.c.id).with_for_update()))
    later = later_changes(kind, rows)
    needed = kind.needed([id for id in ids if id]) | added_since(kind, rows)
    for row in rows:
        if row.record_id not in known:
            row.undone = "gone"
        elif row.record_id in later:
            row.undone = "changed"
        elif row.record_id in needed:
            row.undone = "needed"
    return [row for row in rows if row.undone is None]


def restore(kind: Importable, rows: list[ImportRow], import_id: UUID) -> list[ImportRow]:
    """All at once, or where what one of them had became another's meanwhile, one by one. Returns those that must wait."""
    held = holders(kind, rows)
    free = giving_way(kind, rows, held)
    if free and not restored(kind, free, held, import_id):
        for row in free:
            restored(kind, [row], {}, import_id)
    return [row for row in rows if row.undone is None]


def giving_way(kind: Importable, rows: list[ImportRow], held: dict[str, dict[Any, Any]]) -> list[ImportRow]:
    """Without those whose former values stay with somebody who is not among them, or does not give them up."""
    free = {row.record_id: row for row in rows}
    stuck = list(rows)
    while stuck:
        stuck = [row for row in free.values() if any(
            id != row.record_id and (id not in free or key not in (free[id].changes or {}))
            for key in kind.keys for id in [held[key].get(before(row, key), row.record_id)])]  # fmt: skip
        for row in stuck:
            del free[row.record_id]
    return list(free.values())


def restored(kind: Importable, rows: list[ImportRow], held: dict[str, dict[Any, Any]], import_id: UUID) -> bool:
    mine = {row.record_id for row in rows}
    try:
        with db.session.begin_nested():
            let_go(kind, {key: mine & set(owners.values()) for key, owners in held.items()})
            give_back(kind, rows, import_id)
    except IntegrityError as problem:
        if not isinstance(problem.orig, UniqueViolation):
            raise
        return False
    for row in rows:
        row.undone = "done"
    return True


def give_back(kind: Importable, rows: list[ImportRow], import_id: UUID) -> None:
    """What was there before, from JSON to the columns' own types."""
    fields = {one.name: one for one in kind.fields()}
    back = {row.record_id: {n: [after, before] for n, (before, after) in (row.changes or {}).items()} for row in rows}
    columns = {n: fields[n].column for found in back.values() for n in found if n in fields and fields[n].column}
    if columns:
        images = {id: {columns[n]: one[1] for n, one in found.items() if n in columns} for id, found in back.items()}
        put_back(kind.table, ImportRow.__table__, sorted(set(columns.values())), images)
    for name, one in fields.items():
        if one.extra and (both := {id: found[name] for id, found in back.items() if id and name in found}):
            present = one.extra.read(list(both))
            one.extra.write({id: one.extra.taken_back(present.get(id), *pair[::-1]) for id, pair in both.items()})
    done = [Written(row.record_id, False, back[row.record_id]) for row in rows if row.record_id]
    kind.after_write(done)
    tell(kind, done, {"import": str(import_id), "undone": True})


def remove(kind: Importable, rows: list[ImportRow], import_id: UUID) -> None:
    """All at once, or where something points at one of them, one by one."""
    if rows and not removed(kind, rows):
        for row in rows:
            if not removed(kind, [row]):
                row.undone = "needed"


def removed(kind: Importable, rows: list[ImportRow]) -> bool:
    ids = [row.record_id for row in rows if row.record_id]
    table = kind.table
    try:
        with db.session.begin_nested():
            kind.before_removal(ids)
            db.session.execute(delete(table).where(table.c.tenant_id == rows[0].tenant_id, table.c.id.in_(ids)))
    except IntegrityError as problem:
        if not isinstance(problem.orig, ForeignKeyViolation):
            raise
        return False
    for row in rows:
        row.undone = "done"
    return True
