"""The list of customers and each one's page."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from ..accounts.kinds import language_names, zone_names
from ..events import commit
from ..forms import filled, redraw
from ..listing.pages import list_page, mount
from ..meanwhile import carried, put_together
from ..registry import panels_of
from ..web import permitted, read_query, text
from .blueprint import bp
from .company_queries import owners
from .contact import NOTHING, keep_details, known_details, known_facts, read_details, read_facts, read_place
from .fields.panels import keep_fields, known_inputs
from .kinds import country_names
from .lists import CUSTOMERS
from .models import Customer
from .page import whole
from .pictures import keep_sent_picture
from .places import work_at_called
from .timeline import newest
from .words import source_words, stage_words


@bp.get("/customers")
@permitted("customers.read")
def index() -> Any:
    return list_page(CUSTOMERS)


mount(bp, CUSTOMERS)


@bp.get("/customers/new")
@permitted("customers.edit")
def new(errors: dict[str, str] | None = None) -> Any:
    return form_page(None, errors)


@bp.post("/customers")
@permitted("customers.edit")
@redraw(new)
def create() -> Any:
    facts, details = read_facts(), read_details()
    customer = Customer.add(**facts)
    keep_details(customer, details)
    work_at_called(customer, **read_place())
    keep_fields(customer, new=True)
    keep_sent_picture(customer)
    commit()
    return saved(customer.id)


@bp.get("/customers/<uuid:id>")
@permitted("customers.read")
def show(id: UUID, errors: dict[str, str] | None = None) -> Any:
    customer, kind = whole(id), read_query(kind=text(max=40, optional=True))["kind"]
    may = {"may_edit": current_user.may("customers.edit"), "may_block": current_user.may("customers.block")}
    panels = {place: panels_of(f"customer_{place}", customer) for place in ("figure", "work", "facts", "side", "menu")}
    panels["more"] = panels_of("customer", customer)
    shown = newest(customer, kind) | {"stages": dict(stage_words()), "sources": source_words(), "errors": errors or {}}
    shown["form"] = filled(company="", title="", main=False)
    return render_template("customers/customer.html", **shown, **customer.glimpsed, panels=panels, **may)


@bp.get("/customers/<uuid:id>/edit")
@permitted("customers.edit")
def edit(id: UUID, errors: dict[str, str] | None = None) -> Any:
    return form_page(Customer.find(id=id), errors)


@bp.post("/customers/<uuid:id>")
@permitted("customers.edit")
@redraw(edit)
def update(id: UUID) -> Any:
    customer = as_it_is_now(id)
    facts, details = read_facts(), read_details()
    customer.change(**facts)
    keep_details(customer, details)
    keep_fields(customer)
    keep_sent_picture(customer)
    commit()
    return saved(id)


def as_it_is_now(id: UUID) -> Customer:
    """Locked, with a form that does not put back what changed since it was shown."""
    customer = Customer.locked(id=id)
    put_together(known_form(customer))
    return customer


def known_form(customer: Customer) -> dict[str, Any]:
    return {**known_facts(customer), **known_details(customer), **known_inputs("customer", customer)}


@bp.post("/customers/<uuid:id>/block")
@permitted("customers.block")
def block(id: UUID) -> Any:
    Customer.locked(id=id).block()
    commit()
    return saved(id, _("Blocked as spam: nothing new comes in from them."))


@bp.post("/customers/<uuid:id>/unblock")
@permitted("customers.block")
def unblock(id: UUID) -> Any:
    Customer.locked(id=id).unblock()
    commit()
    return saved(id, _("Not blocked any more."))


def form_page(customer: Customer | None, errors: dict[str, str] | None) -> Any:
    form = filled(**known_facts(customer), **(known_details(customer) if customer else NOTHING))
    form["shown"] = carried(known_form(customer)) if customer else ""
    lists = {"languages": language_names(), "countries": country_names(), "owners": owners(), "stages": stage_words()}
    zones = zone_names(get_locale().language)
    return render_template("customers/edit.html", customer=customer, form=form, errors=errors, zones=zones, **lists)


def saved(id: UUID, sentence: str | None = None) -> Any:
    flash(sentence or _("Saved."), "good")
    return redirect(url_for(".show", id=id), 303)
