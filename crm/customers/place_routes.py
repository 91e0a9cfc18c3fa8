"""A customer's places in companies."""

from typing import Any
from uuid import UUID

from ..events import commit
from ..web import checkbox, permitted, read, text
from .blueprint import bp
from .models import Customer, Place
from .places import leave, work_at, work_at_called
from .routes import saved


@bp.post("/customers/<uuid:id>/places")
@permitted("customers.edit")
def create_place(id: UUID) -> Any:
    customer = Customer.locked(id=id)
    line = text(max=100, lines=False, optional=True)
    work_at_called(customer, **read(company=text(max=200, lines=False), title=line, main=checkbox()))
    commit()
    return saved(id)


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
