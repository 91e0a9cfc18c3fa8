"""Fields that hold the id of somebody or of a company: what becomes of them when that one becomes a part of another, or goes."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, String, Table, Uuid, and_, any_, delete, insert, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from ...db import db, now, tenant_of_the_moment, uuid7
from .models import CustomField, CustomValue
from .registry import KINDS, fresh_fields
from .types import Field

VALUE = CustomValue.__table__


def naming_fields(type: str) -> Iterator[tuple[Field, Table]]:
    """Those of the type "person" or "company", with the table of their records, in the order of these."""
    found = [(field, KINDS[field.kind].model.__table__) for field in fresh_fields() if field.type == type]
    yield from sorted(found, key=lambda one: (one[1].name, one[0].id))


def who_name(field: Field, table: Table, id: UUID) -> ColumnElement[bool]:
    """The records that name this one by the field."""
    named = VALUE.c.field_id == field.id, VALUE.c.text == str(id)
    found = select(VALUE.c.record_id).where(VALUE.c.tenant_id == tenant_of_the_moment(), *named)
    here = table.c.tenant_id == tenant_of_the_moment(), table.c.id.in_(found)
    return and_(*here, table.c.custom[field.key].astext == str(id))


def named_by_others(type: str, ids: list[UUID]) -> set[UUID]:
    """Those of these whom a field of another record names; what is itself among these is none."""
    fields = [field.id for field, _ in naming_fields(type)]
    texts, mine = (any_(literal(some, ARRAY(kind))) for some, kind in (([str(id) for id in ids], String), (ids, Uuid)))
    query = select(VALUE.c.text).where(VALUE.c.tenant_id == tenant_of_the_moment(), VALUE.c.field_id.in_(fields))
    query = query.where(VALUE.c.text == texts, ~(VALUE.c.record_id == mine))
    return {UUID(id) for id in db.session.scalars(query)} if fields and ids else set()


def let_name(field: Field, table: Table, which: ColumnElement[bool], id: UUID | None) -> int:
    """From now on these records name this one, or nobody: in `custom` and beside it. Returns how many they are."""
    custom: Any = table.c.custom
    new = custom.op("-")(field.key) if id is None else custom.concat(literal({field.key: str(id)}, JSONB))
    changed = table.update().where(which).values(custom=new).returning(table.c.id)
    ids = list(db.session.scalars(changed).all())
    let_stand(field, ids, id)
    return len(ids)


def let_stand(field: Field, ids: list[UUID], id: UUID | None) -> None:
    """The same beside them, by which lists filter."""
    here = VALUE.c.tenant_id == tenant_of_the_moment(), VALUE.c.field_id == field.id
    rows = and_(*here, VALUE.c.record_id == any_(literal(ids, ARRAY(Uuid))))
    if id is None:
        db.session.execute(delete(VALUE).where(rows))
        return
    changed = VALUE.update().where(rows).values(text=str(id)).returning(VALUE.c.record_id)
    new = set(ids) - set(db.session.scalars(changed))
    same = {"tenant_id": tenant_of_the_moment(), "created_at": now(), "field_id": field.id, "text": str(id)}
    if new:
        db.session.execute(insert(VALUE), [{**same, "id": uuid7(), "record_id": one} for one in new])


def lock_who_name(type: str, id: UUID) -> None:
    """Before somebody is locked: the records by whose fields they are named, people last."""
    found = sorted(naming_fields(type), key=lambda one: one[1].name == "people")
    for field, table in found:
        rows = select(table.c.id).where(who_name(field, table, id)).order_by(table.c.id)
        db.session.execute(rows.with_for_update(key_share=True))


def name_nobody(type: str, id: UUID) -> None:
    """Whoever names this one names nobody from now on; nor does what is preset."""
    for field, table in naming_fields(type):
        let_name(field, table, who_name(field, table, id), None)
    fields = presets(type, id)
    db.session.execute(fields[0].update().where(fields[1]).values(preset=None))


def presets(type: str, id: UUID) -> tuple[Table, ColumnElement[bool]]:
    """The fields that name this one unless something else is written, and their table."""
    table = CustomField.__table__
    mine = table.c.tenant_id == tenant_of_the_moment(), table.c.type == type
    return table, and_(*mine, table.c.preset == literal(str(id), JSONB))
