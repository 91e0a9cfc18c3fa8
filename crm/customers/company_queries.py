"""Long reads of companies."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from ..accounts.models import Employee
from ..db import db
from ..finding import MOST_WORDS, escaped
from .models import Company, Customer, Place

MOST = 100


def companies(wanted: str) -> Select[Any]:
    """All of them; with `wanted`, those whose name, domain or city has each of its words in it."""
    query = select(Company)
    for word in wanted.split()[:MOST_WORDS]:
        query = query.where(Company.search.ilike(f"%{escaped(word)}%", escape="\\"))
    return query


def companies_like(wanted: str, most: int = 20) -> list[Company]:
    return list(db.session.scalars(companies(wanted).order_by(Company.name, Company.id).limit(most)).all())


def names_like(typed: str, most: int = 10) -> list[Any]:
    """Rows (id, name, domain, city) of those whose name has the words in it, by name."""
    query = select(Company.id, Company.name, Company.domain, Company.city)
    for word in typed.split()[:MOST_WORDS]:
        query = query.where(Company.search.ilike(f"%{escaped(word)}%", escape="\\"))
    return list(db.session.execute(query.order_by(Company.name, Company.id).limit(most)).all())


def company_called(name: str) -> Company | None:
    """The company of this name, however it is written; of several the one that was known first."""
    found = Company.first(name=name)
    if found is None:
        alike = [row.id for row in names_like(name, MOST) if row.name.casefold() == name.casefold()]
        found = Company.find(id=min(alike)) if alike else None
    return found


def owners() -> list[Any]:
    """Rows (id, name) of the colleagues to whom a customer or a company may belong, by name."""
    query = select(Employee.id, Employee.name).where(Employee.deactivated_at.is_(None))
    return list(db.session.execute(query.order_by(Employee.name, Employee.id)).all())


def people_in(company: Company) -> list[Any]:
    """Rows (Customer, place_id, title, main) of its people, by name: at most a hundred."""
    main = (Customer.company_id == Place.company_id).label("main")
    query = select(Customer, Place.id.label("place_id"), Place.title, main).join(
        Place, (Place.tenant_id == Customer.tenant_id) & (Place.customer_id == Customer.id)
    )
    return list(
        db.session.execute(query.where(Place.company_id == company.id).order_by(Customer.name).limit(MOST)).all()
    )


def people_counts(ids: list[UUID]) -> dict[UUID, int]:
    query = select(Place.company_id, func.count()).where(Place.company_id.in_(ids)).group_by(Place.company_id)
    return {row[0]: row[1] for row in db.session.execute(query)} if ids else {}


def subsidiaries(company: Company) -> list[Company]:
    query = select(Company).where(Company.parent_id == company.id)
    return list(db.session.scalars(query.order_by(Company.name).limit(MOST)).all())
