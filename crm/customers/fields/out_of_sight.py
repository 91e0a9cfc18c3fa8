"""Values of those who are gone and may come back: who became a part of another, and what a merge or a deletion remembers."""

from typing import Any

from sqlalchemy import Table, or_, select, update

from ...accounts.models import Person
from ...db import db, tenant_of_the_moment
from ..models import Company, GoneRow, MergedRow
from .converting import converted
from .registry import KINDS
from .types import Field

PEOPLE, COMPANIES = Person.__table__, Company.__table__


def convert_out_of_sight(field: Field, was: str) -> None:
    """When all others are: they come back as what the field is by then."""
    table: Any = KINDS[field.kind].model.__table__
    if table is PEOPLE:
        convert_merged(field, was)
        convert_images(MergedRow, table, field, was)
    elif table is COMPANIES:
        convert_images(GoneRow, table, field, was)


def convert_merged(field: Field, was: str) -> None:
    mine = PEOPLE.c.tenant_id == tenant_of_the_moment(), PEOPLE.c.kind == "merged"
    found = select(PEOPLE.c.id, PEOPLE.c.custom).where(*mine, PEOPLE.c.custom.has_key(field.key))
    for id, custom in db.session.execute(found.with_for_update()).all():
        new = converted(custom, field, was)
        db.session.execute(update(PEOPLE).where(*mine, PEOPLE.c.id == id).values(custom=new))


def convert_images(images: Any, table: Table, field: Field, was: str) -> None:
    """Of a row that changed both sides, so that it is still known for what the merge made of it."""
    held = or_(*(side["custom"].has_key(field.key) for side in (images.before, images.after)))
    for row in db.session.scalars(select(images).where(images.table_name == table.name, held)).all():
        row.before, row.after = (with_converted(side, field, was) for side in (row.before, row.after))


def with_converted(side: dict[str, Any] | None, field: Field, was: str) -> dict[str, Any] | None:
    holds = side and field.key in (side.get("custom") or {})
    return {**side, "custom": converted(side["custom"], field, was)} if side and holds else side
