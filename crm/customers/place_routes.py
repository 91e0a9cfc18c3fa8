"""A customer's places in companies."""

from typing import Any
from uuid import UUID

from ..events import commit
from ..forms import redraw
from ..web import checkbox, permitted, read, text
from .blueprint import bp
from .companies import company_saved, show_company
from .models import Customer, Place
from .places import become, leave, work_at, work_at_called
from .routes import saved, show

TITLE = text(max=100, lines=False, optional=True)


@bp.post("/customers/<uuid:id>/places")
@permitted("customers.edit")
@redraw(show)
def create_place(id: UUID) -> Any:
    customer = Customer.locked(id=id)
    work_at_called(customer, **read(company=text(max=200, lines=False), title=TITLE, main=checkbox()))
    commit()
    return saved(id)


@bp.post("/places/<uuid:id>")
@permitted("customers.edit")
@redraw(lambda id, errors: show(Place.find(id=id).customer_id, at_place(id, errors)))
def update_place(id: UUID) -> Any:
    """What they are there, from the customer's page."""
    place = entitle(id)
    return saved(place.customer_id)


@bp.post("/companies/places/<uuid:id>")
@permitted("customers.edit")
@redraw(lambda id, errors: show_company(Place.find(id=id).company_id, at_place(id, errors)))
def update_place_of_company(id: UUID) -> Any:
    """The same from the company's page."""
    place = entitle(id)
    return company_saved(place.company_id)


def entitle(id: UUID) -> Place:
    place, title = Place.find(id=id), read(title=TITLE)["title"]
    Customer.locked(id=place.customer_id)
    become(place, title)
    commit()
    return place


def at_place(id: UUID, errors: dict[str, str]) -> dict[str, str]:
    """A page has such a field for each place: its errors name which."""
    return {f"{name}-{id}": sentence for name, sentence in errors.items()}


@bp.post("/places/<uuid:id>/main")
@permitted("customers.edit")
def make_place_main(id: UUID) -> Any:
    place = Place.find(id=id)
    work_at(Customer.locked(id=place.customer_id), place.company, place.title, main=True)
    commit()
    return saved(place.customer_id)


@bp.post("/places/<uuid:id>/removal")
@permitted("customers.edit")
def remove_place(id: UUID) -> Any:
    place = Place.find(id=id)
    leave(Customer.locked(id=place.customer_id), place)
    commit()
    return saved(place.customer_id)
