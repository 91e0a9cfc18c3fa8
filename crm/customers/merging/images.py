"""Rows as they were before a merge: taken as JSON, and given back. Plain SQL, because only PostgreSQL reads back exactly what it
wrote; each statement names the tenant, and names come from the tables' own metadata."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, func, insert, literal, null, select, text
from sqlalchemy.exc import IntegrityError

from ...db import db
from ..models.merge import CustomerMerge, MergedRow

COLUMNS = ["tenant_id", "id", "created_at", "merge_id", "what", "table_name", "row_id", "column", "before"]
MINE = "m.id = :id AND m.tenant_id = :tenant_id"


def take(merge: CustomerMerge, table: Table, where: ColumnElement[bool], what: str, column: str | None = None) -> int:
    """Remember these rows, whole unless they are only moved; returns how many."""
    image = null() if what == "moved" else func.to_jsonb(table.table_valued())
    same = literal(merge.tenant_id), func.make_uuid7(), func.now(), literal(merge.id), literal(what)
    found = select(*same, literal(table.name), table.c.id, literal(column), image).where(where)
    query = insert(MergedRow.__table__).from_select(COLUMNS, found).execution_options(preserve_rowcount=True)
    return int(db.session.execute(query).rowcount)  # type: ignore[attr-defined]


def remove(merge: CustomerMerge, table: Table, where: ColumnElement[bool]) -> None:
    if take(merge, table, where, "removed"):
        db.session.execute(delete(table).where(where))


def now_reads(merge: CustomerMerge, table: Table) -> None:
    """Remember how the changed rows of a table are after the merge."""
    row = MergedRow.__table__.c
    mine = row.tenant_id == merge.tenant_id, row.merge_id == merge.id, row.table_name == table.name
    query = MergedRow.__table__.update().where(*mine, row.what == "changed", row.row_id == table.c.id)
    query = query.where(table.c.tenant_id == merge.tenant_id)
    db.session.execute(query.values(after=func.to_jsonb(table.table_valued())))


def move_back(merge: CustomerMerge, table: Table, column: str) -> None:
    """What still names the kept one names the gone one again."""
    row = MergedRow.__table__.c
    mine = row.tenant_id == merge.tenant_id, row.merge_id == merge.id, row.table_name == table.name
    query = table.update().where(*mine, row.what == "moved", row.column == column, row.row_id == table.c.id)
    query = query.where(table.c.tenant_id == merge.tenant_id, table.c[column] == merge.kept_id)
    db.session.execute(query.values({column: merge.gone_id}))


def change_back(row: MergedRow, table: Table, but: frozenset[str] = frozenset()) -> list[str]:
    """Give back the columns that the merge changed; what was changed since stays, and is returned."""
    mine = table.c.tenant_id == row.tenant_id, table.c.id == row.row_id
    present = db.session.scalar(select(func.to_jsonb(table.table_valued())).where(*mine))
    before, after = row.before or {}, row.after or {}
    if present is None:
        return []
    changed = [name for name in after if after[name] != before[name] and table.c[name].computed is None]
    names = [name for name in changed if present[name] == after[name] and name not in but]
    if names:
        pairs = ", ".join(f"{quoted(name)} = image.{quoted(name)}" for name in names)
        source = f"{image_of(table)} WHERE t.tenant_id = m.tenant_id AND t.id = :row_id AND {MINE}"
        give(f"UPDATE {table.name} AS t SET {pairs} FROM {source}", row)  # noqa: S608  (names of our own tables)
    return [name for name in changed if name not in names]


def put_back(row: MergedRow, table: Table) -> bool:
    """Make a removed row again; False when something else stands in its place by now."""
    names = ", ".join(quoted(column.name) for column in table.c if column.computed is None)
    values = ", ".join(f"image.{quoted(column.name)}" for column in table.c if column.computed is None)
    try:
        with db.session.begin_nested():
            source = f"SELECT {values} FROM {image_of(table)} WHERE {MINE} AND m.row_id = :row_id"  # noqa: S608  (the same)
            give(f"INSERT INTO {table.name} ({names}) {source}", row)
    except IntegrityError:  # made anew meanwhile, or what it belongs to is gone: the one that is there stays
        return False
    return True


def image_of(table: Table) -> str:
    return f"merged_rows AS m CROSS JOIN LATERAL jsonb_populate_record(NULL::{table.name}, m.before) AS image"


def give(statement: str, row: MergedRow) -> None:
    db.session.execute(text(statement), {"id": row.id, "tenant_id": row.tenant_id, "row_id": row.row_id})


def quoted(name: str) -> str:
    return db.engine.dialect.identifier_preparer.quote(name)


def of(merge: CustomerMerge, *what: str) -> list[Any]:
    query = select(MergedRow).where(MergedRow.merge_id == merge.id, MergedRow.what.in_(what)).order_by(MergedRow.id)
    return list(db.session.scalars(query).all())


def note_added(merge: CustomerMerge, table: Table, id: UUID) -> None:
    MergedRow(merge_id=merge.id, what="added", table_name=table.name, row_id=id).save()
