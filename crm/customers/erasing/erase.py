"""Erasing a person in one transaction. What is theirs is found by the tables' foreign keys, and what becomes of each table
stands beside it (see crm/personal.py)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, func, or_, select

from ... import files
from ...accounts.models import Person, Token
from ...db import Base, db
from ...kept_files import files_of, namings
from ...personal import Erasing, emptied, erases, further, going
from ...references import first, pointers
from ...tenancy import current_tenant
from ..fields.models import CustomValue
from ..fields.naming import lock_who_name, name_nobody
from ..models import Customer, CustomerEmail, CustomerPhone
from ..models.erasure import ErasedRow, Erasure
from ..models.merge import MergedCustomer, followed

PEOPLE = Person.__table__
SHORTEST = 8  # a shorter name, or of one word, stands in too many texts that are not about them


def erase(erasure: Erasure) -> None:
    """What was asked for, under its lock. Raises NotFound for who is erased already, Moved for who became a part of somebody
    else, and Refused where something is at work with them."""
    customer = locked(erasure.customer_id)
    mine = begin(customer)
    counts = counted(customer.id)
    db.session.expunge(customer)  # it will be of another class
    sweep(mine)
    current_tenant.touch_access()
    erasure.done(counts, mine.files)


def locked(id: UUID) -> Customer:
    """Under locks in the order in which all verbs take them: first what is talked in, then the people."""
    for pointer in pointers("people"):
        if str(pointer) in first:
            rows = select(pointer.table.c.id).where(pointer.of(id)).order_by(pointer.table.c.id)
            db.session.execute(rows.with_for_update(key_share=True))
    lock_who_name("person", id)
    query = select(Customer).where(Customer.id == id).with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(query).first()
    if found is None:
        raise followed(id)
    db.session.scalars(select(MergedCustomer.id).where(MergedCustomer.merged_into_id == id).with_for_update()).all()
    return found


def begin(customer: Customer) -> Erasing:
    """Note what is theirs, and by what they can be found in texts of others."""
    db.session.flush()
    db.session.execute(select(func.mark_erased(customer.id)))
    further_ones = select(CustomerEmail.email).where(CustomerEmail.customer_id == customer.id)
    numbers = db.session.scalars(select(CustomerPhone.number).where(CustomerPhone.customer_id == customer.id)).all()
    addresses = [one for one in (customer.email, customer.claimed_email, *db.session.scalars(further_ones)) if one]
    names = db.session.scalars(select(MergedCustomer.name).where(MergedCustomer.merged_into_id == customer.id)).all()
    full = [one for one in (customer.name, *names) if len(one) >= SHORTEST and " " in one]
    strings = [*addresses, *numbers, *full, *([customer.phone] if customer.phone else [])]
    return Erasing(customer.id, addresses, strings, rows_of(customer.id))


def rows_of(person: UUID) -> Callable[[str], Any]:
    def ids(table: str) -> Any:
        here = ErasedRow.tenant_id == current_tenant.id, ErasedRow.person_id == person
        return select(ErasedRow.row_id).where(*here, ErasedRow.table_name == table)

    return ids


def counted(person: UUID) -> dict[str, int]:
    query = select(ErasedRow.table_name, func.count()).where(ErasedRow.person_id == person)
    found = db.session.execute(query.group_by(ErasedRow.table_name))
    return {name: count for name, count in found if name not in ("people", "erasures")}


def sweep(mine: Erasing) -> None:
    """Everything, in an order in which each still finds what leads to it. Doing it once more takes what came since."""
    for reaction in further:
        reaction(mine)
    for table in {naming.table: True for naming in namings()}:
        mine.files += files_of(table, whose(table, mine))
    for name in going:
        table = Base.metadata.tables[name]
        db.session.execute(table.delete().where(whose(table, mine)))
    for name, values in emptied.items():
        table = Base.metadata.tables[name]
        made = {column: value(table) if callable(value) else value for column, value in values.items()}
        db.session.execute(table.update().where(whose(table, mine)).values(made))
    db.session.execute(select(func.blank_audit(mine.id)))
    for id in mine.files:
        files.drop(id)


def whose(table: Table, mine: Erasing) -> ColumnElement[bool]:
    return and_(table.c.tenant_id == current_tenant.id, table.c.id.in_(mine.ids(table.name)))


@erases
def forget_values_and_keys(mine: Erasing) -> None:
    """Fields of others that name them. Values of fields stand beside records without a foreign key; a sign-in link names an
    address alone."""
    for id in db.session.scalars(select(PEOPLE.c.id).where(whose(PEOPLE, mine))).all():
        name_nobody("person", id)
    value, token = CustomValue.__table__, Token.__table__
    records = or_(*(value.c.record_id.in_(mine.ids(name)) for name in ("people", "tickets", "transactions")))
    db.session.execute(value.delete().where(value.c.tenant_id == current_tenant.id, records))
    named = token.c.tenant_id == current_tenant.id, token.c.email.in_(mine.addresses)
    db.session.execute(token.delete().where(*named))
