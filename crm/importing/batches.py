"""Writing what was decided: records, what hangs on them, events, and what became of each row."""

import json
from typing import Any

from flask import g
from sqlalchemy import func, select

from ..db import db, now, uuid7
from ..events import Event, Outbox, later_reactions
from .deciding import Deciding, written
from .kinds import Importable, Written
from .models import ImportRow
from .preparing import Prepared
from .writing import change, put

EVENT = ["id", "name", "actor_id", "subject_type", "subject_id", "facts", "customer_id", "created_at"]
NOTED = ["id", "import_id", "number", "outcome", "tried", "record_id", "changes", "sentence", "created_at"]


def write(deciding: Deciding, rows: list[Prepared], import_id: Any) -> list[Written]:
    """Everything that a batch does to records."""
    kind = deciding.kind
    new = [row for row in rows if row.outcome == "created"]
    changed = [row for row in rows if row.outcome == "updated"]
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
    kind = deciding.kind
    facts = [{**kind.fixed(), **present(deciding.stored(row)), "id": row.record_id} for row in new]
    kind.before_write(facts)
    for row, one in zip(new, facts, strict=True):
        row.facts = one | row.facts
    columns = sorted({name for one in facts for name in one})
    put(kind.table, columns, ([copied(one.get(name)) for name in columns] for one in facts))


def present(values: dict[str, Any]) -> dict[str, Any]:
    """A new row has its usual value where a cell was empty."""
    return {name: value for name, value in values.items() if value is not None}


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
    told = [(uuid7(), name, one, {**more, **facts}) for one in done for name, more in kind.events(one)]
    put(Event.__table__, EVENT, ([id, name, actor, about, one.id, json.dumps(said), kind.customer_of(one), moment]
                                 for id, name, one, said in told))  # fmt: skip
    heard = [id for id, name, _one, _said in told if later_reactions.get(name)]
    if heard:
        put(Outbox.__table__, ["event_id", "tries", "due"], ([id, 0, moment] for id in heard))


def note(rows: list[Prepared], import_id: Any, tried: bool) -> None:
    """What became of the rows. Written last, by the database's clock: whoever changes a record later is later than this."""
    moment = db.session.scalar(select(func.clock_timestamp()))
    put(ImportRow.__table__, NOTED, ([uuid7(), import_id, row.number, row.outcome, tried, known(row),
                                      json.dumps(row.changes) if row.changes else None, row.sentence[:2000], moment]
                                     for row in rows))  # fmt: skip


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
