"""Where customers work: their places in companies, of which one is the main one."""

from sqlalchemy import select

from ..db import db
from ..events import record
from .company_queries import company_called
from .models import Company, Customer, Place


def work_at(customer: Customer, company: Company, title: str = "", main: bool = False) -> Place:
    """A locked customer works there from now on, as `title`. Their first place is the main one, too."""
    place = Place.first(customer_id=customer.id, company_id=company.id) or Place(
        customer_id=customer.id, company_id=company.id
    )
    place.title = title
    place.save()
    if main or customer.company_id is None:
        customer.company_id = company.id
    record("customer.placed", customer, company_id=str(company.id))
    return place


def work_at_called(customer: Customer, company: str, title: str, main: bool = False) -> Place | None:
    """The same by the company's name, which is made when nobody knows it yet; nothing for no name."""
    if not company:
        return None
    return work_at(customer, company_called(company) or Company.add(name=company), title, main)


def become(place: Place, title: str) -> None:
    """They are this there from now on, which may be nothing. Their customer is locked."""
    if place.title != title:
        place.title = title
        record("customer.placed", place.customer, company_id=str(place.company_id), anew=True)


def leave(customer: Customer, place: Place) -> None:
    """A locked customer does not work there any more; when it was the main place, the oldest other one becomes it."""
    left = place.company_id
    db.session.delete(place)
    db.session.flush()
    if customer.company_id == left:
        rest = select(Place.company_id).where(Place.customer_id == customer.id).order_by(Place.id)
        customer.company_id = db.session.scalars(rest.limit(1)).first()
    record("customer.left", customer, company_id=str(left))


def places_of(customer: Customer) -> list[Place]:
    """The main one first."""
    query = select(Place).where(Place.customer_id == customer.id).order_by(Place.id)
    return sorted(db.session.scalars(query).all(), key=lambda place: place.company_id != customer.company_id)
