"""What the page of a company shows beside what other features add: most of it read by one statement."""

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import joinedload

from ..db import db, prepared
from ..registry import glimpse, glimpses
from .models import Company, CompanyTag, Place, Tag
from .models.gone_company import followed_company
from .page import listed

MOST_TOLD = 500  # of how many people a company's timeline tells: of more, those who came last


def whole_company(id: UUID) -> Company:
    """The company with what is glimpsed of it, and who looks after it. Raises NotFound, and Moved."""
    row = db.session.execute(reading_company(), {"id": id}).first()
    if row is None:
        raise followed_company(id)
    company: Company = row[0]
    vars(company)["glimpsed"] = {name: row._mapping[name] for name in glimpses["company"]}
    return company


@cache
def reading_company() -> Select[Any]:
    """Made once, when every feature has said what it adds."""
    id: Any = bindparam("id")
    columns = [make(id).label(name) for name, make in glimpses["company"].items()]
    return prepared(select(Company, *columns).options(joinedload(Company.owner)).where(Company.id == id))


def working_at(id: Any) -> Select[Any]:
    """The ids of those who have a place in the company."""
    return select(Place.customer_id).where(Place.company_id == id)


def last_placed(id: Any) -> Select[Any]:
    return working_at(id).order_by(Place.id.desc()).limit(MOST_TOLD)


def members(id: UUID) -> list[UUID]:
    return list(db.session.scalars(last_placed(id)).all())


@glimpse("company", "members")
def glimpse_members(id: Any) -> Any:
    rows = last_placed(id).subquery()
    return select(func.coalesce(func.jsonb_agg(rows.c.customer_id), func.jsonb_build_array())).scalar_subquery()


@glimpse("company", "headcount")
def headcount(id: Any) -> Any:
    return select(func.count()).select_from(Place).where(Place.company_id == id).scalar_subquery()


@glimpse("company", "tags")
def tags(id: Any) -> Any:
    tag = func.jsonb_build_object("name", Tag.name, "colour", Tag.colour)
    joint = (CompanyTag.tenant_id == Tag.tenant_id) & (CompanyTag.tag_id == Tag.id)
    return listed(tag, Tag.name, CompanyTag.company_id == id).select_from(Tag).join(CompanyTag, joint).scalar_subquery()
