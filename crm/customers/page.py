"""What the page of a customer shows beside what other features add: all of it read by one statement."""

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import joinedload

from ..db import db, prepared
from ..registry import glimpse, glimpses
from .models import Company, Consent, Customer, CustomerEmail, CustomerPhone, CustomerTag, Place, Purpose, Tag
from .models.merge import MergedCustomer, followed


def whole(id: UUID) -> Customer:
    """The customer with what is glimpsed of them, their company and who looks after them. Raises NotFound, and Moved."""
    row = db.session.execute(reading(), {"id": id}).first()
    if row is None:
        raise followed(id)
    customer: Customer = row[0]
    vars(customer)["glimpsed"] = {name: row._mapping[name] for name in glimpses["customer"]}
    return customer


@cache
def reading() -> Select[Any]:
    """Made once, when every feature has said what it adds."""
    id: Any = bindparam("id")
    columns = [make(id).label(name) for name, make in glimpses["customer"].items()]
    query = select(Customer, *columns).options(joinedload(Customer.company), joinedload(Customer.owner))
    return prepared(query.where(Customer.id == id))


def listed(value: Any, order: Any, *where: Any) -> Select[Any]:
    """A JSON list of `value` of the rows that fit."""
    return select(func.coalesce(func.jsonb_agg(aggregate_order_by(value, order)), func.jsonb_build_array())).where(
        *where
    )


def gathered(query: Select[Any], names: tuple[str, ...]) -> Any:
    """The rows of a query with an order and a limit, as a JSON list of objects of these columns."""
    rows = query.subquery()
    one = func.jsonb_build_object(*(part for name in names for part in (name, rows.c[name])))
    return select(func.coalesce(func.jsonb_agg(one), func.jsonb_build_array())).scalar_subquery()


@glimpse("customer", "phones")
def phones(id: Any) -> Any:
    return listed(CustomerPhone.number, CustomerPhone.id, CustomerPhone.customer_id == id).scalar_subquery()


@glimpse("customer", "emails")
def emails(id: Any) -> Any:
    return listed(CustomerEmail.email, CustomerEmail.id, CustomerEmail.customer_id == id).scalar_subquery()


@glimpse("customer", "tags")
def tags(id: Any) -> Any:
    tag = func.jsonb_build_object("name", Tag.name, "colour", Tag.colour)
    joint = (CustomerTag.tenant_id == Tag.tenant_id) & (CustomerTag.tag_id == Tag.id)
    return (
        listed(tag, Tag.name, CustomerTag.customer_id == id).select_from(Tag).join(CustomerTag, joint).scalar_subquery()
    )


@glimpse("customer", "places")
def places(id: Any) -> Any:
    place = func.jsonb_build_object(
        "id", Place.id, "title", Place.title, "company_id", Company.id, "name", Company.name
    )
    joint = (Place.tenant_id == Company.tenant_id) & (Place.company_id == Company.id)
    return listed(place, Place.id, Place.customer_id == id).select_from(Company).join(Place, joint).scalar_subquery()


@glimpse("customer", "consents")
def consents(id: Any) -> Any:
    """Of each purpose that is asked for or was: what holds, since when; `given` is null where nobody said anything."""
    held = select(func.jsonb_build_object("given", Consent.given, "at", Consent.created_at, "source", Consent.source))
    mine = Consent.tenant_id == Purpose.tenant_id, Consent.purpose_id == Purpose.id, Consent.customer_id == id
    last = held.where(*mine).order_by(Consent.id.desc()).limit(1).scalar_subquery()
    purpose = {
        "id": Purpose.id,
        "name": Purpose.name,
        "text": Purpose.text,
        "archived": Purpose.archived_at.is_not(None),
    }
    pairs = [part for pair in purpose.items() for part in pair]
    return listed(func.jsonb_build_object(*pairs, "held", last), Purpose.id).select_from(Purpose).scalar_subquery()


@glimpse("customer", "merged")
def merged(id: Any) -> Any:
    """The ids of those who became a part of them."""
    return listed(MergedCustomer.id, MergedCustomer.id, MergedCustomer.merged_into_id == id).scalar_subquery()
