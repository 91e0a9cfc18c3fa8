"""Who looks like somebody that is being entered: found by what the tables have an index for, and compared as every night."""

from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from ...db import db
from ..models import Customer, CustomerEmail, CustomerPhone
from ..queries import escaped
from .compare import Known, compare
from .reading import these

ALIKE = 45  # the same name is enough to be shown here: nothing else may have been typed yet
MOST, LOOKED_AT = 3, 50


def lookalikes(
    name: str, email: str | None, phone: str | None, but: UUID | None = None, *place: str | None
) -> list[Any]:
    """[(customer, points, why)], the most alike first."""
    typed = Known.of(None, name, [email], [phone], *place)
    ids = set(candidates(name, email, phone)) - {but}
    judged = [(id, *compare(typed, one)) for id, one in these(ids).items()] if ids else []
    best = sorted((one for one in judged if one[1] >= ALIKE), key=lambda one: -one[1])[:MOST]
    found = {
        one.id: one for one in db.session.scalars(select(Customer).where(Customer.id.in_([id for id, _, _ in best])))
    }
    return [(found[id], points, why) for id, points, why in best if id in found]


def candidates(name: str, email: str | None, phone: str | None) -> list[UUID]:
    ways: list[Any] = []  # each by its own index: together they would be none's
    if email:
        other = select(CustomerEmail.customer_id).where(CustomerEmail.email == email)
        ways += [or_(Customer.email == email, Customer.claimed_email == email), Customer.id.in_(other)]
    if phone:
        further = select(CustomerPhone.customer_id).where(CustomerPhone.number == phone)
        ways += [Customer.phone == phone, Customer.id.in_(further)]
    ways += [Customer.search.ilike(f"%{escaped(word)}%", escape="\\") for word in long_words(name)]
    found: list[UUID] = []
    for way in ways:
        found += db.session.scalars(select(Customer.id).where(way).limit(LOOKED_AT)).all()
    return found


def long_words(name: str) -> list[str]:
    """The two longest: the others are in half of all names."""
    return sorted((word for word in name.split() if len(word) > 2), key=len, reverse=True)[:2]
