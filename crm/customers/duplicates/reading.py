"""Reading what is compared, many customers at a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, literal, select

from ...db import db
from ..models import Customer, CustomerEmail, CustomerPhone
from .compare import Known

BATCH = 5_000
FACTS = (Customer.id, Customer.name, Customer.email, Customer.claimed_email, Customer.phone, Customer.street,
         Customer.postal_code, Customer.city)  # fmt: skip


def everybody() -> Iterator[list[Known]]:
    """All customers but those who are blocked, in batches."""
    last = UUID(int=0)
    while True:
        query = select(*FACTS).where(Customer.id > last, Customer.blocked_at.is_(None))
        rows = db.session.execute(query.order_by(Customer.id).limit(BATCH)).all()
        if not rows:
            return
        yield list(known(rows))
        last = rows[-1].id


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
