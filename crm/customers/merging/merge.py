"""One customer of two: everything that names the gone one names the kept one, in one transaction.

Whoever only claimed to be somebody must not read what that person wrote. So what opens a customer's own pages is never handed
on: the gone one's sessions and tokens end, and the kept one's browsers, of which nobody knows whose they are, as well.
"""

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, func, insert, or_, select

from ...accounts.models import Person
from ...db import Record, db
from ...events import record
from ...references import Pointer, ending, first, fresh, loops, most, past, pointers
from ...tenancy import current_tenant
from ...web import Refused
from ..fields.models import CustomValue
from ..fields.naming import lock_who_name
from ..fields.registry import fresh_fields, kind_of
from ..fields.reworking import guard_steady
from ..fields.writing import rows_of
from ..models import Customer, CustomerEmail, CustomerPhone, VisitorToken
from ..models.merge import CustomerMerge, followed
from . import images
from .naming import move_names
from .values import both_custom, chosen_values, further_addresses, further_numbers

PEOPLE = Person.__table__
REACHING = ("email", "claimed_email", "phone", "external_id", "password_hash")  # by which somebody is found


def merge_customers(kept: Customer, gone: Customer, by: Any = None, taken: set[str] | None = None) -> CustomerMerge:
    """Make `gone` a part of `kept`. Of the fields in `taken` the gone one's values stay. Raises Refused for one and the same,
    and Moved for somebody who was merged meanwhile."""
    db.session.flush()
    kept, gone = locked(kept.id, gone.id)
    merge = CustomerMerge(kept_id=kept.id, gone_id=gone.id, by_id=by.id if by else None).save()
    db.session.flush()
    images.take(merge, PEOPLE, these(kept.id, gone.id), "changed")
    end_what_opens(merge)
    move_all(merge)
    merge.count += move_names(merge, "person")
    settle_fields(merge, kept, gone, taken or set())
    settle_values(merge, kept, gone, chosen_values(kept, gone, taken or set()))
    images.now_reads(merge, PEOPLE)
    db.session.expunge(gone)
    db.session.refresh(kept)
    current_tenant.touch_access()
    record("customer.merged", kept, gone=str(gone.id), merge=str(merge.id))
    return merge


def locked(kept_id: UUID, gone_id: UUID) -> tuple[Customer, Customer]:
    """Both, under locks in the order in which all verbs take them: first what is talked in, then the people by their ids.
    Nobody can write a row that names one of them meanwhile."""
    if kept_id == gone_id:
        raise Refused(_l("Somebody cannot be merged with themselves. Choose somebody else."))
    for pointer in pointers("people"):
        if str(pointer) in first:
            rows = select(pointer.table.c.id).where(pointer.of(kept_id, gone_id)).order_by(pointer.table.c.id)
            db.session.execute(rows.with_for_update(key_share=True))
    lock_who_name("person", gone_id)
    query = select(Customer).where(Customer.id.in_((kept_id, gone_id))).order_by(Customer.id).with_for_update()
    found = {one.id: one for one in db.session.scalars(query.execution_options(populate_existing=True))}
    for id in (kept_id, gone_id):
        if id not in found:
            raise followed(id)
    guard_steady("customer")
    return found[kept_id], found[gone_id]


def end_what_opens(merge: CustomerMerge) -> None:
    for pointer in pointers("people"):
        if str(pointer) in ending:
            images.remove(merge, pointer.table, pointer.of(merge.gone_id))


def move_all(merge: CustomerMerge) -> None:
    """The kept one's browsers end when there is something that they would now see for the first time."""
    for table, (one, other) in loops.items():
        drop_loops(merge, table, one, other)
    moved = {pointer: move(merge, pointer) for pointer in pointers("people") if str(pointer) not in past}
    merge.count = sum(moved.values())
    if any(count for pointer, count in moved.items() if not pointer.is_part):
        tokens = Pointer(VisitorToken.__table__, "customer_id")
        images.remove(merge, tokens.table, tokens.of(merge.kept_id))


def drop_loops(merge: images.End, name: str, one: str, other: str) -> None:
    """Rows between the two: nobody is anything to themselves."""
    table = PEOPLE.metadata.tables[name]
    both = table.c[one], table.c[other]
    pair = [
        and_(both[0] == a, both[1] == b) for a, b in ((merge.kept_id, merge.gone_id), (merge.gone_id, merge.kept_id))
    ]
    images.remove(merge, table, and_(table.c.tenant_id == merge.tenant_id, or_(*pair)))


def move(merge: images.End, pointer: Pointer) -> int:
    """Let the rows that name the gone one name the kept one; of two that would be the same, the kept one's stays."""
    assert merge.kept_id
    doubles = pointer.doubles(merge.kept_id, merge.gone_id)
    if doubles is not None:
        settle_doubles(merge, pointer, doubles)
    moved = images.take(merge, pointer.table, pointer.of(merge.gone_id), "moved", pointer.column)
    if moved:
        query = pointer.table.update().where(pointer.of(merge.gone_id))
        db.session.execute(query.values({pointer.column: merge.kept_id}))
    return moved


def settle_doubles(merge: images.End, pointer: Pointer, doubles: Any) -> None:
    table, name = pointer.table, str(pointer)
    if name in fresh:
        if images.take(merge, table, doubles, "changed"):
            db.session.execute(table.update().where(doubles).values({fresh[name]: func.make_uuid7()}))
            images.now_reads(merge, table)
        return
    if name in most:
        raise_to_most(merge, pointer, table.c[most[name]])
    images.remove(merge, table, doubles)


def raise_to_most(merge: images.End, pointer: Pointer, column: Any) -> None:
    """The kept one's row gets the gone one's greater value."""
    assert merge.kept_id
    table, other = pointer.table, pointer.table.alias()
    beside = [
        other.c[name] == table.c[name]
        for names, _, _ in pointer.unique_keys()
        for name in names
        if name != pointer.column
    ]
    theirs = select(other.c[column.name]).where(other.c[pointer.column] == merge.gone_id, *beside).scalar_subquery()
    behind = and_(pointer.of(merge.kept_id), theirs > column)
    if images.take(merge, table, behind, "changed"):
        db.session.execute(table.update().where(behind).values({column.name: theirs}))
        images.now_reads(merge, table)


def settle_values(merge: CustomerMerge, kept: Customer, gone: Customer, values: dict[str, Any]) -> None:
    """What is known of the kept one from now on; by nothing of its own is the gone one found any more."""
    numbers, addresses = further_numbers(kept, values, gone), further_addresses(kept, values, gone)
    added: list[Record] = [CustomerPhone(customer_id=kept.id, number=number).save() for number in numbers]
    added += [CustomerEmail(customer_id=kept.id, email=address).save() for address in addresses]
    db.session.flush()
    for row in added:
        images.note_added(merge, row.__table__, row.id)
    closed = {"kind": "merged", "merged_into_id": kept.id, **dict.fromkeys(REACHING)}
    db.session.execute(PEOPLE.update().where(these(gone.id)).values(closed))
    if kept.email and "email" in values:
        kept.shut_out()
    if values:
        db.session.execute(PEOPLE.update().where(these(kept.id)).values(values))


def settle_fields(merge: images.End, kept: Any, gone: Any, taken: set[str]) -> None:
    """What lists filter by: the values of both, as they are to stand with the kept one."""
    table = CustomValue.__table__
    ours = and_(table.c.tenant_id == merge.tenant_id, table.c.record_id.in_((kept.id, gone.id)))
    images.remove(merge, table, ours)
    fields = [field for field in fresh_fields() if field.kind == kind_of(kept)]
    rows = list(rows_of(kept.id, fields, both_custom(kept, gone, taken)))
    for row in rows:
        images.note_added(merge, table, row["id"])
    if rows:
        db.session.execute(insert(table), rows)


def these(*ids: UUID) -> Any:
    return and_(PEOPLE.c.tenant_id == current_tenant.id, PEOPLE.c.id.in_(ids))


def gather(merge: CustomerMerge) -> int:
    """Move what was written for the gone one at the very moment of the merge; returns how many rows."""
    Person.locked(id=merge.kept_id)
    moved = sum(move(merge, pointer) for pointer in pointers("people") if str(pointer) not in past)
    moved += move_names(merge, "person")
    merge.count += moved
    return moved
