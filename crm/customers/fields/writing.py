"""Keeping values: with the record as JSON, and beside it what lists filter and sort by."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select

from ...db import Record, db, now, uuid7
from .models import CustomValue
from .registry import fresh_fields, kind_of
from .types import TYPES, Field


def write_custom(record: Record, values: dict[str, Any]) -> set[str]:
    """Keep what `read_custom` gave, in this transaction; other fields of the record stay. Returns the keys that changed.

    Expects the record `locked`, or new. The fields are read after the record is written, never from memory: so a field that
    becomes filterable meanwhile misses no value (see reworking.py).
    """
    before = dict(record.custom or {})  # type: ignore[attr-defined]
    changed = {key for key, value in values.items() if before.get(key) != value}
    if not changed:
        return changed
    record.custom = {k: v for k, v in (before | values).items() if v is not None}  # type: ignore[attr-defined]
    db.session.flush()
    kind = kind_of(record)
    fields = [field for field in fresh_fields() if field.kind == kind and field.key in changed and field.filterable]
    write_rows(record.id, fields, values)
    return changed


def write_rows(record_id: UUID, fields: list[Field], values: dict[str, Any]) -> None:
    """What stands in custom_values of these fields of a record is from now on what `values` has."""
    if not fields:
        return
    here = CustomValue.record_id == record_id, CustomValue.field_id.in_([field.id for field in fields])
    db.session.execute(delete(CustomValue).where(*here))
    rows = list(rows_of(record_id, fields, values))
    if rows:
        db.session.execute(insert(CustomValue.__table__), rows)


def rows_of(record_id: UUID, fields: Iterable[Field], values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of custom_values for a record; for whoever writes many at once."""
    from ...tenancy import current_tenant

    empty = {"tenant_id": current_tenant.id, "record_id": record_id, "created_at": now()}
    empty |= dict.fromkeys(("text", "number", "moment"))
    for field in fields:
        kind, value = TYPES[field.type], values.get(field.key)
        if field.filterable and kind.column and value is not None:
            yield from ({**empty, "id": uuid7(), "field_id": field.id, kind.column: key} for key in kind.keys(value))


def keep_in_step(record: Record) -> None:
    """Where lists look stands what the record holds, however it came to hold that; rows that are right stay as they are."""
    kind = kind_of(record)
    fields = [field for field in fresh_fields() if field.kind == kind]
    wanted = list(rows_of(record.id, fields, record.custom or {}))  # type: ignore[attr-defined]
    said = ("field_id", "text", "number", "moment")
    here = CustomValue.record_id == record.id
    held = db.session.execute(select(*(getattr(CustomValue, name) for name in said)).where(here)).all()
    if sorted(map(str, held)) != sorted(str(tuple(row[name] for name in said)) for row in wanted):
        db.session.execute(delete(CustomValue).where(here))
        if wanted:
            db.session.execute(insert(CustomValue.__table__), wanted)


def forget_custom(record_id: UUID) -> None:
    """Before a record is deleted."""
    db.session.execute(delete(CustomValue).where(CustomValue.record_id == record_id))
