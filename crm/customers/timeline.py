"""What happened with a customer, on their page: read a page at a time, by kinds, and as it happens."""

from typing import Any
from uuid import UUID

from flask import render_template

from .. import timeline
from ..web import permitted, read_query, text, uuid
from .blueprint import bp
from .company_page import members
from .models import Company, Customer, ids_of


@bp.get("/customers/<uuid:id>/timeline")
@permitted("customers.read")
def show_timeline(id: UUID) -> Any:
    """All of it from the newest on; with `before` those that are older, with `since` again those from there on, alone."""
    customer = Customer.find(id=id)
    asked = read_query(kind=text(max=40, optional=True), before=uuid(optional=True), since=uuid(optional=True))
    stretch = timeline.read(ids_of(customer), **asked)
    page = "_older" if asked["before"] else "_timeline" if asked["since"] else "_stream"
    return render_template(f"customers/{page}.html", stretch=stretch, **around(customer, asked["kind"]))


@bp.get("/companies/<uuid:id>/timeline")
@permitted("customers.read")
def show_company_timeline(id: UUID) -> Any:
    """As of a customer, of all who have a place in the company."""
    company = Company.find(id=id)
    asked = read_query(kind=text(max=40, optional=True), before=uuid(optional=True), since=uuid(optional=True))
    stretch = timeline.read([id, *members(id)], **asked, together=True)
    page = "_older" if asked["before"] else "_timeline" if asked["since"] else "_stream"
    return render_template(f"customers/{page}.html", stretch=stretch, **around(company, asked["kind"]))


def around(whom: Customer | Company, kind: str) -> dict[str, Any]:
    place = "companies" if isinstance(whom, Company) else "customers"
    kinds = {"kind": kind if kind in timeline.kinds else "", "kinds": timeline.offered()}
    return {"stream_of": f"/{place}/{whom.id}", **kinds}


def of_company(company: Company, kind: str) -> dict[str, Any]:
    """The first page of a company whose glimpses are read."""
    whom = [company.id, *map(UUID, company.glimpsed["members"])]
    return {"stretch": timeline.read(whom, kind, together=True), **around(company, kind)}


def newest(customer: Customer, kind: str) -> dict[str, Any]:
    """The first page of a customer whose glimpses are read."""
    whom = [customer.id, *map(UUID, customer.glimpsed["merged"])]
    return {"stretch": timeline.read(whom, kind), **around(customer, kind), "customer": customer}
