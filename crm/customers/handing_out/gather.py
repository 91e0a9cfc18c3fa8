"""Every row about a person: whatever names them, and what belongs to that, read from the tables' own references."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Table, Uuid, and_, any_, func, literal, select

from ...accounts.models import Person
from ...db import Base, db
from ...events import Event
from ...mail import Mail
from ...personal import theirs
from ...references import Pointer, ending, pointers
from ...tenancy import current_tenant
from ..fields.models import CustomValue
from ..models import Customer, CustomerEmail, ids_of

AT_A_TIME, IDS_AT_A_TIME = 500, 10_000
# What opens something, and what only serves to find: neither says anything about the person.
LEFT_OUT = {"merged_rows", "search_entries", "person_exports", "duplicate_pairs", "pushes", "push_devices"}
SECRET = ("hash", "secret", "key", "token", "password", "search", "plain_name", "words", "tenant_id")


def tables_about(customer: Customer) -> Iterator[tuple[str, Iterator[list[dict[str, Any]]]]]:
    """(table, its rows, some at a time), each table once."""
    ids: dict[str, set[UUID]] = {"people": set(ids_of(customer))}
    yield "people", rows_of(Person.__table__, ids["people"])
    for name, found in walked(ids):
        yield name, rows_of(Base.metadata.tables[name], found)
    yield "events", paged(Event.__table__, Event.__table__.c.customer_id.in_(ids["people"]))
    yield (
        "mails",
        rows_of(
            Mail.__table__, set(db.session.scalars(select(Mail.id).where(Mail.recipient.in_(addresses(customer)))))
        ),
    )
    yield "custom_values", paged(CustomValue.__table__, CustomValue.__table__.c.record_id.in_(ids["people"]))


def walked(ids: dict[str, set[UUID]], whole: bool = False) -> Iterator[tuple[str, set[UUID]]]:
    """Tables whose rows name the person, then those whose rows are a part of such rows, and so on; with `whole` also what opens
    something or serves to find."""
    new = dict(ids)
    while new:
        named: dict[str, set[UUID]] = {}
        for target, known in new.items():
            for pointer in pointers(target):
                if theirs(pointer, target) if whole else wanted(pointer, target):
                    named.setdefault(pointer.table.name, set()).update(naming(pointer, known))
        new = {name: found - ids.get(name, set()) for name, found in named.items()}
        new = {name: found for name, found in new.items() if found}
        for name, found in new.items():
            ids.setdefault(name, set()).update(found)
    yield from ((name, found) for name, found in sorted(ids.items()) if name != "people")


def wanted(pointer: Pointer, target: str) -> bool:
    if pointer.table.name in LEFT_OUT or pointer.table.name == "people" or str(pointer) in ending:
        return False
    return target == "people" or pointer.is_part


def batched(ids: set[UUID], many: int) -> Iterator[list[UUID]]:
    whole = sorted(ids)
    return (whole[at : at + many] for at in range(0, len(whole), many))


def naming(pointer: Pointer, ids: set[UUID]) -> Iterator[UUID]:
    for some in batched(ids, IDS_AT_A_TIME):
        here = pointer.table.c.tenant_id == current_tenant.id, pointer.at == any_(literal(some, ARRAY(Uuid)))
        yield from db.session.scalars(select(pointer.table.c.id).where(*here))


def rows_of(table: Table, ids: set[UUID]) -> Iterator[list[dict[str, Any]]]:
    for some in batched(ids, AT_A_TIME):
        yield read(table, table.c.id == any_(literal(some, ARRAY(Uuid))))


def paged(table: Table, which: ColumnElement[bool]) -> Iterator[list[dict[str, Any]]]:
    last = UUID(int=0)
    while rows := read(table, and_(which, table.c.id > last), AT_A_TIME):
        yield rows
        last = UUID(rows[-1]["id"])


def read(table: Table, which: ColumnElement[bool], most: int | None = None) -> list[dict[str, Any]]:
    """As JSON has them, without what opens or finds something."""
    here = and_(table.c.tenant_id == current_tenant.id, which)
    query = select(func.to_jsonb(table.table_valued())).where(here).order_by(table.c.id).limit(most)
    return [shown(row) for row in db.session.scalars(query)]


def shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not any(part in name for part in SECRET)}


def addresses(customer: Customer) -> list[str]:
    """Theirs. An address that somebody only typed is perhaps another's, and so would be the mails."""
    further = select(CustomerEmail.email).where(CustomerEmail.customer_id == customer.id)
    return [address for address in (customer.email, *db.session.scalars(further)) if address]


def files_in(name: str, rows: list[dict[str, Any]]) -> list[tuple[UUID, str]]:
    """The kept files that rows of this table name: (id, a name for people)."""
    if name == "attachments":
        return [(UUID(row["id"]), row["name"]) for row in rows]
    if name == "people":
        return [(UUID(row["avatar_id"]), "picture") for row in rows if row.get("avatar_id")]
    return []
