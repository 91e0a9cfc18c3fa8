"""Many rows at once: COPY into a temporary table, for row-level security refuses it elsewhere, then INSERT … SELECT.

What is put into these statements are names of our own tables and columns, and the id of the tenant.
"""

# ruff: noqa: S608

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table

from ..db import db
from ..tenancy import current_tenant


def put(table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]], unless_there: bool = False) -> int:
    """Add rows of the tenant of the moment, whose `columns` these are; with `unless_there` without those that are."""
    stage(table, columns, rows)
    named, conflict = ", ".join(columns), " ON CONFLICT DO NOTHING" if unless_there else ""
    statement = f"INSERT INTO {table.name} (tenant_id, {named}) SELECT '{tenant()}', {named} FROM {staged(table)}"
    return run(statement + conflict)


def change(table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Set `columns`, of which the first is the id."""
    stage(table, columns, rows)
    fresh = ", ".join(f"{name} = fresh.{name}" for name in columns[1:])
    return run(
        f"UPDATE {table.name} SET {fresh} FROM {staged(table)} fresh "
        f"WHERE {table.name}.tenant_id = '{tenant()}' AND {table.name}.id = fresh.id"
    )


def put_back(table: Table, staging: Table, columns: Sequence[str], images: dict[Any, dict[str, Any]]) -> int:
    """Set `columns` of rows to what {id: {column: value as JSON}} says; those that it does not name stay.

    `staging` is any table with an id and `changes`.
    """
    stage(staging, ["id", "changes"], ([id, json.dumps(image)] for id, image in images.items()))
    fresh = ", ".join(f"{name} = whole.{name}" for name in columns)
    return run(
        f"UPDATE {table.name} SET {fresh} FROM {staged(staging)} fresh "
        f"JOIN {table.name} old ON old.tenant_id = '{tenant()}' AND old.id = fresh.id "
        f"CROSS JOIN LATERAL jsonb_populate_record(old, fresh.changes) whole "
        f"WHERE {table.name}.tenant_id = '{tenant()}' AND {table.name}.id = fresh.id"
    )


def stage(table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The temporary table has the types of the real one and none of its rules, which judge what comes out of it."""
    own = ", ".join(column.name for column in table.columns if column.computed is None)
    run(f"CREATE TEMP TABLE IF NOT EXISTS {staged(table)} AS SELECT {own} FROM {table.name} WITH NO DATA")
    run(f"TRUNCATE {staged(table)}")
    cursor = db.session.connection().connection.cursor()
    with cursor.copy(f"COPY {staged(table)} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def staged(table: Table) -> str:
    return f"importing_{table.name}"


def tenant() -> str:
    return str(current_tenant.id)


def run(statement: str) -> int:
    db.session.info["wrote"] = True
    return db.session.connection().exec_driver_sql(statement).rowcount
