"""Writing what was decided: records, what hangs on them, events, and what became of each row."""

import json
from collections.abc import Iterator
from typing import Any

import uuid_utils
from flask import g
from sqlalchemy import JSON, Table, func, select

from ..db import db, now
from ..events import Event, Outbox, later_reactions
from .deciding import Deciding, written
from .kinds import Importable, Written
from .models import ImportRow
from .preparing import Prepared
from .swapping import let_go, taken_by
from .writing import change, put

EVENT = ["id", "name", "actor_id", "subject_type", "subject_id", "facts", "customer_id", "created_at"]
NOTED = ["id", "import_id", "number", "outcome", "tried", "record_id", "changes", "sentence", "created_at"]


def write(deciding: Deciding, rows: list[Prepared], import_id: Any) -> list[Written]:
    """Everything that a batch does to records."""
    kind = deciding.kind
    new = [row for row in rows if row.outcome == "created"]
    changed = [row for row in rows if row.outcome == "updated"]
    let_go(kind, taken_by([*new, *changed]))
    insert(deciding, new)
    update(deciding, changed)
    write_extras(deciding, new, changed)
    done = [Written(row.record_id, True, {}, row.facts) for row in new if row.record_id]
    done += [Written(row.record_id, False, row.changes, row.facts) for row in changed if row.record_id]
    kind.after_write(done)
    tell(kind, done, {"import": str(import_id)})
    return done


def insert(deciding: Deciding, new: list[Prepared]) -> None:
    if not new:
        return
    kind, fixed = deciding.kind, deciding.kind.fixed()
    facts = [fixed | deciding.stored(row) | {"id": row.record_id} for row in new]
    kind.before_write(facts)
    for row, one in zip(new, facts, strict=True):
        row.facts = one | row.facts
    columns = sorted(set[str]().union(*facts))
    put(kind.table, columns, lines(kind.table, columns, facts))


def lines(table: Table, columns: list[str], facts: list[dict[str, Any]]) -> Iterator[list[Any]]:
    """As COPY takes them."""
    as_json = [place for place, name in enumerate(columns) if isinstance(table.c[name].type, JSON)]
    for one in facts:
        cells = list(map(one.get, columns))
        for place in as_json:
            cells[place] = copied(cells[place])
        yield cells


def update(deciding: Deciding, changed: list[Prepared]) -> None:
    """Rows that change differ in what they change: what stays is written as it is, under the row's lock."""
    if not changed:
        return
    names = [name for name in deciding.columns if any(name in row.changes for row in changed)]
    columns = [deciding.columns[name] for name in names]
    if columns:
        change(
            deciding.kind.table, ["id", *columns], ([row.record_id, *values(row, names, columns)] for row in changed)
        )


def values(row: Prepared, names: list[str], columns: list[str]) -> list[Any]:
    assert row.found
    return [copied(row.facts[name] if name in row.changes else row.found[column])
            for name, column in zip(names, columns, strict=True)]  # fmt: skip


def write_extras(deciding: Deciding, new: list[Prepared], changed: list[Prepared]) -> None:
    for name, one in deciding.reading.fields.items():
        if one.extra:
            fresh = {row.record_id: row.facts[name] for row in new if row.facts.get(name) and row.record_id}
            fresh |= {row.record_id: row.facts[name] for row in changed if name in row.changes and row.record_id}
            if fresh:
                one.extra.write(fresh)


def tell(kind: Importable, done: list[Written], facts: dict[str, Any]) -> None:
    """An event for each, as the forms record it; reactions in this process are left out, for there are many."""
    moment, actor, about = now(), g.get("actor_id"), kind.table.name
    usual = json.dumps(facts)
    told = [(some_id(), name, one, more) for one in done for name, more in kind.events(one)]
    put(Event.__table__, EVENT, ([id, name, actor, about, one.id, json.dumps({**more, **facts}) if more else usual,
                                  kind.customer_of(one), moment] for id, name, one, more in told))  # fmt: skip
    heard = [id for id, name, _one, _more in told if later_reactions.get(name)]
    if heard:
        put(Outbox.__table__, ["event_id", "tries", "due"], ([id, 0, moment] for id in heard))


def note(rows: list[Prepared], import_id: Any, tried: bool) -> None:
    """What became of the rows. Written last, by the database's clock: whoever changes a record later is later than this."""
    moment = db.session.scalar(select(func.clock_timestamp()))
    put(ImportRow.__table__, NOTED, ([some_id(), import_id, row.number, row.outcome, tried, known(row),
                                      json.dumps(row.changes) if row.changes else None, row.sentence[:2000], moment]
                                     for row in rows))  # fmt: skip


def some_id() -> str:
    """As text: nothing but PostgreSQL looks at it."""
    return str(uuid_utils.uuid7())


def known(row: Prepared) -> Any:
    """The record that the row is about; a new one that was refused has none."""
    return row.found["id"] if row.found else row.record_id if row.outcome == "created" else None


def shown(deciding: Deciding, rows: list[Prepared]) -> None:
    """Of a new record a trial notes what it would have."""
    for row in rows:
        if row.outcome == "created":
            names = (name for name, one in deciding.reading.fields.items() if one.column or one.extra)
            row.changes = {name: [None, written(row.facts[name])] for name in names if row.facts.get(name)}


def copied(value: Any) -> Any:
    """As COPY takes it."""
    return json.dumps(value) if isinstance(value, dict | list) else value
