"""Reading what is compared, many customers or companies at a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, literal, select

from ...db import db
from ..models import Company, Customer, CustomerEmail, CustomerPhone
from .compare import Known
from .firms import Firm

BATCH = 5_000
FACTS = (Customer.id, Customer.name, Customer.email, Customer.claimed_email, Customer.phone, Customer.street,
         Customer.postal_code, Customer.city)  # fmt: skip
OF_FIRMS = (Company.id, Company.name, Company.domain, Company.website, Company.phone, Company.street, Company.postal_code,
            Company.city, Company.parent_id)  # fmt: skip


def everybody() -> Iterator[list[Known]]:
    """All customers but those who are blocked, in batches."""
    return (list(known(rows)) for rows in in_batches(Customer, FACTS, Customer.blocked_at.is_(None)))


def all_firms() -> Iterator[list[Firm]]:
    return (list(map(firm, rows)) for rows in in_batches(Company, OF_FIRMS))


def in_batches(model: Any, facts: Any, *which: Any) -> Iterator[Any]:
    last = UUID(int=0)
    while rows := db.session.execute(
        select(*facts).where(model.id > last, *which).order_by(model.id).limit(BATCH)
    ).all():
        yield rows
        last = rows[-1].id


def these_firms(ids: Iterable[UUID]) -> dict[UUID, Firm]:
    rows = db.session.execute(select(*OF_FIRMS).where(Company.id.in_(ids))).all()
    return {row.id: firm(row) for row in rows}


def firm(row: Any) -> Firm:
    hosts = row.domain, row.website
    return Firm.of(row.id, row.name, hosts, row.phone, row.street, row.postal_code, row.city, parent_id=row.parent_id)


def these(ids: Iterable[UUID]) -> dict[UUID, Known]:
    rows = db.session.execute(select(*FACTS).where(Customer.id.in_(ids))).all()
    return {one.id: one for one in known(rows) if one.id}


def known(rows: Any) -> Iterator[Known]:
    ids = [row.id for row in rows]
    emails, phones = further(CustomerEmail, CustomerEmail.email, ids), further(CustomerPhone, CustomerPhone.number, ids)
    for row in rows:
        addresses, numbers = (row.email, row.claimed_email, *emails[row.id]), (row.phone, *phones[row.id])
        yield Known.of(row.id, row.name, addresses, numbers, row.street, row.postal_code, row.city)


def further(model: Any, column: Any, ids: list[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = defaultdict(list)
    here = model.customer_id == any_(literal(ids, ARRAY(Uuid)))  # one value: thousands take longer to send than to find
    for id, value in db.session.execute(select(model.customer_id, column).where(here)):
        found[id].append(value)
    return found
