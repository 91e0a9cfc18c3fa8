"""What fields name when the one that they name becomes a part of another: the one who is kept, and again the one who went."""

from uuid import UUID

from sqlalchemy import Table, and_, select

from ...db import db, tenant_of_the_moment
from ..fields.naming import let_name, naming_fields, presets, who_name
from ..fields.registry import fields_of, kind_of
from ..models import Company, Customer
from . import images

AT = "custom."  # what `merged_rows.column` begins with; the field's id follows


def type_of(one: Customer | Company) -> str:
    return "person" if isinstance(one, Customer) else "company"


def move_names(merge: images.End, type: str) -> int:
    """Let what names the gone one name the kept one, or nobody; but for the two themselves, whose own fields are put together."""
    moved = 0
    for field, table in naming_fields(type):
        others = table.c.id.not_in([id for id in (merge.kept_id, merge.gone_id) if id])
        named = and_(who_name(field, table, merge.gone_id), others)
        if images.take(merge, table, named, "moved", f"{AT}{field.id}"):
            moved += let_name(field, table, named, merge.kept_id)
    fields, preset = presets(type, merge.gone_id)
    if images.take(merge, fields, preset, "changed"):
        db.session.execute(fields.update().where(preset).values(preset=str(merge.kept_id) if merge.kept_id else None))
        images.now_reads(merge, fields)
    return moved


def names_back(merge: images.End, table: Table, column: str) -> None:
    """What still names the kept one names the gone one again."""
    row = merge.images.__table__.c
    mine = row.tenant_id == merge.tenant_id, row.merge_id == merge.id, row.what == "moved", row.column == column
    rows = select(row.row_id).where(*mine, row.table_name == table.name)
    for field, here in [one for type in ("person", "company") for one in naming_fields(type)]:
        if here is table and f"{AT}{field.id}" == column:
            held = table.c.custom[field.key].astext
            still = held == str(merge.kept_id) if merge.kept_id else held.is_(None)
            which = and_(table.c.tenant_id == tenant_of_the_moment(), table.c.id.in_(rows), still)
            let_name(field, table, which, merge.gone_id)


def own_fields(one: Customer | Company, both: set[UUID]) -> dict[str, object]:
    """What its fields hold, but for those that would name itself."""
    here = fields_of(kind_of(one), retired=True)
    naming = {field.key for field in here if field.type == type_of(one)}
    selves = {str(id) for id in both}
    return {key: value for key, value in (one.custom or {}).items() if key not in naming or value not in selves}
