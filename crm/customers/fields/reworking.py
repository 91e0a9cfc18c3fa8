"""Going through all records of a kind in the worker: when a field becomes filterable, and when its type changes.

A value that is written meanwhile is never missed: who writes one reads the fields after having written the record (see
writing.py), and nothing is worked on before everything that was being written when the change was committed has ended.
That is what `barrier` is for: the number of a transaction, as CREATE INDEX CONCURRENTLY waits.
"""

from time import sleep
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import BigInteger, String, cast, delete, func, insert, select

from ...db import db
from ...events import Event, commit, later
from ...jobs import every, job
from ...web import Refused
from .converting import converted
from .models import CustomField, CustomValue
from .out_of_sight import convert_out_of_sight
from .registry import KINDS, as_field, forget_fields, fresh_fields
from .types import Field
from .writing import rows_of

BATCH = 2_000
PAUSE, PATIENCE = 0.2, 150  # 30 seconds; then the clock tries again
OWN = cast(cast(func.pg_current_xact_id(), String), BigInteger)
OLDEST = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), String), BigInteger)


@later("custom_field.reworked")
def begin(event: Event) -> None:
    rework_field.enqueue(field_id=str(event.subject_id))


@every(seconds=60)
def go_on() -> None:
    """What a worker left undone."""
    for id in db.session.scalars(select(CustomField.id).where(CustomField.state != "ready")).all():
        rework_field.enqueue(field_id=str(id))


@job(seconds=3600)
def rework_field(field_id: str) -> None:
    """Batch by batch, each in its own transaction; two at once take turns."""
    waited = 0
    while (did := step(UUID(field_id))) and waited < PATIENCE:
        commit()
        forget_fields()
        if did == "waited":
            waited += 1
            sleep(PAUSE)


def step(id: UUID) -> str:
    """What it did: "waited", "worked", or "" when there is nothing left to do."""
    row = CustomField.locked(id=id)
    if row.state == "ready":
        return ""
    if row.barrier is None:
        row.barrier = db.session.scalar(select(OWN))
        return "worked"
    if (db.session.scalar(select(OLDEST)) or 0) < row.barrier:
        return "waited"
    return work(row)


def work(row: CustomField) -> str:
    model: Any = KINDS[row.kind].model
    query = select(model.id).order_by(model.id).limit(BATCH)
    ids = db.session.scalars(query.where(model.id > row.reached) if row.reached else query).all()
    if not ids:
        if row.was:
            convert_out_of_sight(as_field(row), row.was)
        row.state, row.was = "ready", None
        return "worked"
    see_to(row, model, model.id >= ids[0], model.id <= ids[-1])
    row.reached, row.done = ids[-1], row.done + len(ids)
    return "worked"


def guard_steady(kind: str) -> None:
    """Whoever moves values from record to record waits for the worker: it could not tell which ones are of the new type.
    Called under a lock, for which the worker in turn waits. Raises Refused."""
    if name := next((one.name for one in fresh_fields() if one.kind == kind and one.state == "converting"), None):
        raise Refused(_("The field “%(name)s” is being changed right now. Try again in a moment.", name=name))


def see_to(row: CustomField, model: Any, *here: Any) -> None:
    field, was = as_field(row), row.was
    query = select(model).where(*here, model.custom.has_key(row.key)).order_by(model.id)
    records = db.session.scalars(query.with_for_update(key_share=True).execution_options(populate_existing=True)).all()
    if was:
        for record in records:
            keep_converted(record, field, was)
        db.session.flush()
    write_all(field, records)
    db.session.expunge_all()
    db.session.add(row)


def keep_converted(record: Any, field: Field, was: str) -> None:
    record.custom = converted(record.custom, field, was)


def write_all(field: Field, records: Any) -> None:
    if not records:
        return
    mine = CustomValue.field_id == field.id, CustomValue.record_id.in_([record.id for record in records])
    db.session.execute(delete(CustomValue).where(*mine))
    rows = [row for record in records for row in rows_of(record.id, [field], record.custom)]
    if rows:
        db.session.execute(insert(CustomValue.__table__), rows)
