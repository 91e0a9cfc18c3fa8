"""Who and what looks like one that is being entered: found by what the tables have an index for, compared as every night."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from ...db import db
from ..models import Company, Customer, CustomerEmail, CustomerPhone
from ..queries import escaped
from .compare import Known
from .firms import LEGAL, Firm, host_of
from .kinds import KINDS
from .normal import folded

ALIKE = 45  # the same name is enough to be shown here: nothing else may have been typed yet
MOST, LOOKED_AT = 3, 50


def lookalikes(
    name: str, email: str | None, phone: str | None, but: UUID | None = None, *place: str | None
) -> list[Any]:
    """[(customer, points, why)], the most alike first."""
    typed = Known.of(None, name, [email], [phone], *place)
    return alike("customers", Customer, typed, candidates(name, email, phone), but)


def similar_companies(name: str, hosts: Any, phone: str | None, but: UUID | None = None) -> list[Any]:
    """[(company, points, why)], the most alike first."""
    typed = Firm.of(None, name, hosts, phone)
    domains = {host for address in hosts for host in (host_of(address), f"www.{host_of(address)}") if address}
    ways: list[Any] = [Company.domain.in_(domains)] if domains else []
    ways += [Company.phone == phone] if phone else []
    ways += having(Company.search, " ".join(word for word in name.split() if folded(word) not in LEGAL))
    return alike("companies", Company, typed, first_of(Company, ways), but)


def alike(who: str, model: Any, typed: Any, ids: list[UUID], but: UUID | None) -> list[Any]:
    kind, wanted = KINDS[who], set(ids) - {but}
    compare: Callable[..., tuple[int, list[str]]] = kind.compare
    judged = [(id, *compare(typed, one, 0)) for id, one in kind.these(wanted).items()] if wanted else []
    best = sorted((one for one in judged if one[1] >= ALIKE or "domain" in one[2]), key=lambda one: -one[1])[:MOST]
    found = {one.id: one for one in db.session.scalars(select(model).where(model.id.in_([id for id, _, _ in best])))}
    return [(found[id], points, why) for id, points, why in best if id in found]


def candidates(name: str, email: str | None, phone: str | None) -> list[UUID]:
    ways: list[Any] = []
    if email:
        other = select(CustomerEmail.customer_id).where(CustomerEmail.email == email)
        ways += [or_(Customer.email == email, Customer.claimed_email == email), Customer.id.in_(other)]
    if phone:
        further = select(CustomerPhone.customer_id).where(CustomerPhone.number == phone)
        ways += [Customer.phone == phone, Customer.id.in_(further)]
    return first_of(Customer, ways + having(Customer.search, name))


def having(column: Any, name: str) -> list[Any]:
    return [column.ilike(f"%{escaped(word)}%", escape="\\") for word in long_words(name)]


def first_of(model: Any, ways: list[Any]) -> list[UUID]:
    """Each way by its own index: together they would be none's."""
    found: list[UUID] = []
    for way in ways:
        found += db.session.scalars(select(model.id).where(way).limit(LOOKED_AT)).all()
    return found


def long_words(name: str) -> list[str]:
    """The two longest: the others are in half of all names."""
    return sorted((word for word in name.split() if len(word) > 2), key=len, reverse=True)[:2]
