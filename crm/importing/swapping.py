"""Values that change hands within a file: what one record gives up another may take, in whatever order their rows stand."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Text, cast, null, update

from ..db import db
from ..tenancy import current_tenant
from . import words
from .kinds import Field, Importable
from .preparing import Prepared


def refuse_taken(rows: list[Prepared], fields: dict[str, Field]) -> bool:
    """Refuse who takes what another record has, unless that one's own row gives it up; whether somebody was refused."""
    givers: dict[Any, list[Prepared]] = {}
    for row in rows:
        if row.found:
            givers.setdefault(row.found["id"], []).append(row)
    before = sum(1 for row in rows if row.outcome)
    for row in rows:
        for key, owner in row.takes.items() if not row.outcome else ():
            mine = givers.get(owner, [])
            if len(mine) != 1 or not gives_up(mine[0], key):
                row.end("refused", words.taken(fields[key].label))
            elif mine[0].outcome in ("refused", "left_out"):
                row.end("refused", words.not_given_up(fields[key].label, mine[0].number))
    return sum(1 for row in rows if row.outcome) > before


def gives_up(row: Prepared, key: str) -> bool:
    assert row.found
    return key in row.facts and (row.facts[key] or None) != row.found[key]


def let_go(kind: Importable, held: dict[str, set[Any]]) -> None:
    """Have these records, {key: ids}, without what others get in the next statement."""
    table = kind.table
    for key, ids in ((key, ids) for key, ids in held.items() if ids):
        nothing = null() if table.c[key].nullable else cast(table.c.id, Text)
        here = table.c.tenant_id == current_tenant.id, table.c.id.in_(ids)
        db.session.execute(update(table).where(*here).values({key: nothing}))


def taken_by(rows: Iterable[Prepared]) -> dict[str, set[Any]]:
    held: dict[str, set[Any]] = {}
    for row in rows:
        for key, owner in row.takes.items():
            held.setdefault(key, set()).add(owner)
    return held
