"""How many rows PostgreSQL's planner takes a statement for: asked in a millisecond, however many there are."""

from typing import Any

from ..db import WALL, db


def planned_rows(statement: Any) -> int:
    """Of a select of the ORM. Nothing of it is run."""
    connection = db.session.connection()
    compiled = statement.options(WALL).compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {compiled}", compiled.params).scalar()
    return int(found[0]["Plan"]["Plan Rows"]) if found else 0
