"""Rows as they were before a merge or a deletion: taken as JSON, and given back. Plain SQL, because only PostgreSQL reads back
exactly what it wrote; each statement names the tenant, and names come from the tables' own metadata."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, Uuid, cast, delete, func, insert, literal, null, select, text
from sqlalchemy.exc import IntegrityError

from ...db import Base, db
from ..models import CustomerMerge, GoneCompany
from ..models.merge import RowImage

End = CustomerMerge | GoneCompany  # which say, by `kept_id` and `gone_id`, whose rows they were

COLUMNS = ["tenant_id", "id", "created_at", "merge_id", "what", "table_name", "row_id", "column", "before"]
MINE = "m.id = :id AND m.tenant_id = :tenant_id"


def take(merge: End, table: Table, where: ColumnElement[bool], what: str, column: str | None = None) -> int:
    """Remember these rows, whole unless they are only moved; returns how many."""
    image = null() if what == "moved" else func.to_jsonb(table.table_valued())
    same = literal(merge.tenant_id), func.make_uuid7(), func.now(), literal(merge.id), literal(what)
    found = select(*same, literal(table.name), table.c.id, literal(column), image).where(where)
    query = insert(merge.images.__table__).from_select(COLUMNS, found).execution_options(preserve_rowcount=True)
    return int(db.session.execute(query).rowcount)  # type: ignore[attr-defined]


def remove(merge: End, table: Table, where: ColumnElement[bool]) -> int:
    """Returns how many."""
    count = take(merge, table, where, "removed")
    if count:
        db.session.execute(delete(table).where(where))
    return count


def now_reads(merge: End, table: Table) -> None:
    """Remember how the changed rows of a table are after the merge."""
    images = merge.images.__table__
    row = images.c
    mine = row.tenant_id == merge.tenant_id, row.merge_id == merge.id, row.table_name == table.name
    query = images.update().where(*mine, row.what == "changed", row.row_id == table.c.id)
    query = query.where(table.c.tenant_id == merge.tenant_id)
    db.session.execute(query.values(after=func.to_jsonb(table.table_valued())))


def note_moved(merge: End, table: Table, column: str) -> None:
    """Remember what the moved rows name instead, where that is not the same of all."""
    images = merge.images.__table__
    query = images.update().where(*moved(merge, table, column), table.c[column].is_not(None))
    db.session.execute(query.values(after=func.jsonb_build_object(column, table.c[column])))


def moved(merge: End, table: Table, column: str) -> list[ColumnElement[bool]]:
    """Of the images and of the table: the rows that named the gone one by this column."""
    row = merge.images.__table__.c
    mine = row.tenant_id == merge.tenant_id, row.merge_id == merge.id, row.table_name == table.name
    return [
        *mine,
        row.what == "moved",
        row.column == column,
        row.row_id == table.c.id,
        table.c.tenant_id == merge.tenant_id,
    ]


def move_back(merge: End, table: Table, column: str) -> None:
    """What still names the kept one, or what it was given instead, names the gone one again."""
    instead = cast(merge.images.__table__.c.after[column].astext, Uuid)
    now_named: Any = instead if merge.kept_id is None else literal(merge.kept_id, Uuid)
    still = table.c[column].is_not_distinct_from(now_named)
    query = table.update().where(*moved(merge, table, column), still)
    db.session.execute(query.values({column: merge.gone_id}))


def remove_added(merge: End) -> None:
    for row in of(merge, "added"):
        table = Base.metadata.tables[row.table_name]
        db.session.execute(delete(table).where(table.c.tenant_id == row.tenant_id, table.c.id == row.row_id))


def moved_ways(merge: End) -> list[tuple[str, str]]:
    """Of the rows that were moved: [(table, column)]."""
    row: Any = merge.images
    query = select(row.table_name, row.column).distinct().where(row.merge_id == merge.id, row.what == "moved")
    return [(table, column) for table, column in db.session.execute(query)]


def change_back(row: RowImage, table: Table, but: frozenset[str] = frozenset()) -> list[str]:
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
        source = f"{image_of(row, table)} WHERE t.tenant_id = m.tenant_id AND t.id = :row_id AND {MINE}"
        give(f"UPDATE {table.name} AS t SET {pairs} FROM {source}", row)  # noqa: S608  (names of our own tables)
    return [name for name in changed if name not in names]


def put_back(row: RowImage, table: Table, but: frozenset[str] = frozenset()) -> bool:
    """Make a removed row again; False when something else stands in its place by now."""
    columns = [quoted(column.name) for column in table.c if column.computed is None and column.name not in but]
    names, values = ", ".join(columns), ", ".join(f"image.{name}" for name in columns)
    try:
        with db.session.begin_nested():
            source = f"SELECT {values} FROM {image_of(row, table)} WHERE {MINE} AND m.row_id = :row_id"  # noqa: S608  (the same)
            give(f"INSERT INTO {table.name} ({names}) {source}", row)
    except IntegrityError:  # made anew meanwhile, or what it belongs to is gone: the one that is there stays
        return False
    return True


def image_of(row: RowImage, table: Table) -> str:
    return f"{row.__tablename__} AS m CROSS JOIN LATERAL jsonb_populate_record(NULL::{table.name}, m.before) AS image"


def give(statement: str, row: RowImage) -> None:
    db.session.execute(text(statement), {"id": row.id, "tenant_id": row.tenant_id, "row_id": row.row_id})


def quoted(name: str) -> str:
    return db.engine.dialect.identifier_preparer.quote(name)


def of(merge: End, *what: str) -> list[Any]:
    row: Any = merge.images
    query = select(row).where(row.merge_id == merge.id, row.what.in_(what)).order_by(row.id)
    return list(db.session.scalars(query).all())


def note_added(merge: End, table: Table, id: UUID) -> None:
    merge.images(merge_id=merge.id, what="added", table_name=table.name, row_id=id).save()
