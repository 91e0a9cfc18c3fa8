"""What happened with a customer, on their page: read a page at a time, by kinds, and as it happens."""

from typing import Any
from uuid import UUID

from flask import render_template

from .. import timeline
from ..web import permitted, read_query, text, uuid
from .blueprint import bp
from .models import Customer, ids_of


@bp.get("/customers/<uuid:id>/timeline")
@permitted("customers.read")
def show_timeline(id: UUID) -> Any:
    """All of it from the newest on; with `before` those that are older, with `since` again those from there on, alone."""
    customer = Customer.find(id=id)
    asked = read_query(kind=text(max=40, optional=True), before=uuid(optional=True), since=uuid(optional=True))
    stretch = timeline.read(ids_of(customer), **asked)
    page = "_older" if asked["before"] else "_timeline" if asked["since"] else "_stream"
    return render_template(f"customers/{page}.html", stretch=stretch, **around(customer, asked["kind"]))


def around(customer: Customer, kind: str) -> dict[str, Any]:
    return {"customer": customer, "kind": kind if kind in timeline.kinds else "", "kinds": timeline.offered()}


def newest(customer: Customer, kind: str) -> dict[str, Any]:
    """The first page of a customer whose glimpses are read."""
    whom = [customer.id, *map(UUID, customer.glimpsed["merged"])]
    return {"stretch": timeline.read(whom, kind), **around(customer, kind)}
