"""One company of two, or none of one: what names the gone one names the kept one or nobody, in one transaction. Both keep what it
takes to bring it back (see company_undo.py)."""

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, null, select

from ...accounts.models import Person
from ...db import db
from ...events import record
from ...references import Pointer, ending, pointers
from ...web import Refused
from ..fields.models import CustomValue
from ..fields.naming import lock_who_name
from ..fields.reworking import guard_steady
from ..models import Company, GoneCompany, Place
from ..models.company import ONE_AT_A_TIME
from ..models.gone_company import followed_company
from . import images
from .company_values import chosen_company_values
from .merge import drop_loops, move, settle_fields
from .naming import move_names

COMPANIES, PEOPLE, PLACES = Company.__table__, Person.__table__, Place.__table__


def merge_companies(kept: Company, gone: Company, by: Any = None, taken: set[str] | None = None) -> GoneCompany:
    """Make `gone` a part of `kept`. Of the fields in `taken` the gone one's values stay. Raises Refused for one and the same,
    and NotFound or Moved for one that is gone already."""
    if kept.id == gone.id:
        raise Refused(_l("A company cannot be merged with itself. Choose another one."))
    gone, kept = locked_companies(gone.id, kept.id)
    end = begin(gone, by, kept.id)
    images.take(end, COMPANIES, this(kept.id), "changed")
    values = chosen_company_values(kept, gone, taken or set())
    let_stand_beside(kept, values)
    drop_loops(end, "relations", "from_company_id", "to_company_id")
    forget_pairs(end)
    end.count = sum(move(end, pointer) for pointer in pointers("companies")) + move_names(end, "company")
    settle_fields(end, kept, gone, taken or set())
    images.remove(end, COMPANIES, this(gone.id))
    if values:
        db.session.execute(COMPANIES.update().where(this(kept.id)).values(values))
    images.now_reads(end, COMPANIES)
    db.session.expunge(gone)
    db.session.refresh(kept)
    record("company.merged", kept, gone=str(gone.id), end=str(end.id))
    return end


def delete_company(company: Company, by: Any = None) -> GoneCompany:
    """Its people, purchases and subsidiaries stay without it. Raises NotFound or Moved for one that is gone already."""
    (gone,) = locked_companies(company.id)
    end = begin(gone, by, None)
    end.count = sum(let_go(end, pointer) for pointer in pointers("companies")) + move_names(end, "company")
    value = CustomValue.__table__
    images.remove(end, value, and_(value.c.tenant_id == end.tenant_id, value.c.record_id == gone.id))
    images.remove(end, COMPANIES, this(gone.id))
    db.session.expunge(gone)
    record("company.deleted", end)
    return end


def begin(gone: Company, by: Any, kept_id: UUID | None) -> GoneCompany:
    end = GoneCompany(gone_id=gone.id, kept_id=kept_id, name=gone.name, by_id=by.id if by else None).save()
    db.session.flush()
    return end


def locked_companies(*ids: UUID) -> tuple[Company, ...]:
    """Under locks: first what names the first of them, then the companies by their ids. Nobody can name them meanwhile."""
    db.session.flush()
    db.session.execute(ONE_AT_A_TIME)
    lock_who_name("company", ids[0])
    for pointer in sorted(
        pointers("companies"), key=lambda one: one.table.name, reverse=True
    ):  # purchases before people
        if not pointer.is_part and pointer.table is not COMPANIES:
            rows = select(pointer.table.c.id).where(pointer.of(ids[0])).order_by(pointer.table.c.id)
            db.session.execute(rows.with_for_update(key_share=True))
    query = select(Company).where(Company.id.in_(ids)).order_by(Company.id).with_for_update()
    found = {one.id: one for one in db.session.scalars(query.execution_options(populate_existing=True))}
    for id in ids:
        if id not in found:
            raise followed_company(id)
    guard_steady("company")
    return tuple(found[id] for id in ids)


def let_stand_beside(kept: Company, values: dict[str, Any]) -> None:
    """What the kept one's parent is to be is written first, so that it never stands under itself."""
    if "parent_id" in values:
        parent = values.pop("parent_id")
        db.session.execute(COMPANIES.update().where(this(kept.id)).values(parent_id=parent))


def forget_pairs(end: GoneCompany) -> None:
    """What it looked like is no question any more."""
    for pointer in pointers("companies"):
        if str(pointer) in ending:
            images.remove(end, pointer.table, pointer.of(end.gone_id))


def let_go(end: GoneCompany, pointer: Pointer) -> int:
    """What is a part of the company goes with it; the rest stays and names nobody. Who works elsewhere, too, has that as the main
    place from now on."""
    table, which = pointer.table, pointer.of(end.gone_id)
    if pointer.is_part:
        return images.remove(end, table, which)
    moved = images.take(end, table, which, "moved", pointer.column)
    instead: Any = other_place(end) if table is PEOPLE else null()
    db.session.execute(table.update().where(which).values({pointer.column: instead}))
    if table is PEOPLE:
        images.note_moved(end, table, pointer.column)
    return moved


def other_place(end: GoneCompany) -> Any:
    mine = PLACES.c.tenant_id == PEOPLE.c.tenant_id, PLACES.c.customer_id == PEOPLE.c.id
    query = select(PLACES.c.company_id).where(*mine, PLACES.c.company_id != end.gone_id)
    return query.order_by(PLACES.c.id).limit(1).scalar_subquery()


def this(id: UUID) -> Any:
    return Pointer(COMPANIES, "id").of(id)
