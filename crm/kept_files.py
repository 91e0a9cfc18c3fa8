"""Which columns name a kept file (crm/files.py). A feature says so beside its table, and a test fails for a column of which nobody
said whether it does.

Erasing a person removes the files that their rows name; a file that no row names at all is removed as left over.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Table, Text, Uuid, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONPATH

from .db import Base, db
from .tenancy import current_tenant

WHOLE = cast(literal("{}", Text), ARRAY(Text))  # of a piece of JSON, as text
named: dict[str, list[str]] = {}  # table: columns with the id of a file
named_within: dict[str, dict[str, str]] = {}  # table: {column of JSON: the path of the ids in it}
images: dict[str, tuple[str, ...]] = {}  # table: columns with rows of other tables as JSON


def names_file(table: str, *columns: str) -> None:
    named.setdefault(table, []).extend(columns)


def names_files_within(table: str, column: str, path: str) -> None:
    named_within.setdefault(table, {})[column] = path


def keeps_rows(table: str, *columns: str) -> None:
    """Of other tables, to be given back: with them come the files that those name."""
    images[table] = columns


@dataclass(frozen=True)
class Naming:
    """One column: `id` is that of a file, for each of the table's rows or several for one."""

    table: Table
    id: ColumnElement[Any]

    def where(self, *which: ColumnElement[bool]) -> Select[UUID | None]:
        return select(self.id.label("id")).where(self.table.c.tenant_id == current_tenant.id, *which)


def namings() -> Iterator[Naming]:
    for name, columns in named.items():
        table = Base.metadata.tables[name]
        yield from (Naming(table, table.c[column]) for column in columns)
    within = [(name, column, path) for name, paths in named_within.items() for column, path in paths.items()]
    within += [(name, column, path_of_columns()) for name, columns in images.items() for column in columns]
    for name, column, path in within:
        table = Base.metadata.tables[name]
        found = func.jsonb_path_query(table.c[column], cast(path, JSONPATH))
        yield Naming(table, cast(found.op("#>>")(WHOLE), Uuid))


def files_of(table: Table, *which: ColumnElement[bool]) -> list[UUID]:
    """Those that rows of this table name."""
    mine = [one.where(*which) for one in namings() if one.table is table]
    return [id for query in mine for id in db.session.scalars(query) if id]


def path_of_columns() -> str:
    """Of a row as JSON: whichever of its columns is one that names a file."""
    columns = sorted({column for columns in named.values() for column in columns} - {"id"})
    either = " || ".join(f'@.key == "{column}"' for column in columns)
    return f"$.keyvalue() ? ({either}).value"
