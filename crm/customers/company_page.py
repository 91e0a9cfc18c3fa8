"""What the page of a company shows beside what other features add: most of it read by one statement."""

from functools import cache
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import joinedload

from .. import realtime
from ..db import db, prepared
from ..events import Happened, now
from ..registry import glimpse, glimpses
from ..timeline import topic_of
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


def heard(members: list[str]) -> str:
    """Whom the page's socket hears, in short: it is opened again when they are others."""
    return blake2b(",".join(sorted(members)).encode(), digest_size=8).hexdigest()


@now("customer.placed", "customer.left")
def show_who_works_there(event: Happened) -> None:
    """An open page of the company shows them, and hears of them from then on."""
    realtime.refresh(topic_of(event.tenant_id, UUID(event.facts["company_id"])), "people", "timeline")


@now("company.merged", "company.parted")
def show_who_came_along(event: Happened) -> None:
    realtime.refresh(topic_of(event.tenant_id, event.subject.id), "people")


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
