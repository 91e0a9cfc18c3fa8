"""The list of customers and each one's page."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ..accounts.kinds import language_names
from ..events import commit
from ..forms import filled, redraw
from ..locale import LANGUAGES
from ..registry import figures_of, panels_of
from ..web import choice, email, permitted, read, read_query, text
from .kinds import country, country_names, phone, phones
from .models import Customer
from .phones import keep_numbers, other_numbers
from .queries import customers, known_facts

bp = Blueprint("customers", __name__)


@bp.get("/customers")
@permitted("customers.read")
def index() -> Any:
    wanted = read_query(q=text(max=200, optional=True))["q"]
    found = customers(wanted)
    counts = figures_of("customer", "conversations", [customer.id for customer in found.rows])
    return render_template("customers/list.html", page=found, q=wanted, counts=counts)


@bp.get("/customers/new")
@permitted("customers.edit")
def new(errors: dict[str, str] | None = None) -> Any:
    return form_page(None, errors)


@bp.post("/customers")
@permitted("customers.edit")
@redraw(new)
def create() -> Any:
    facts, numbers = read_facts()
    customer = Customer.add(**facts)
    keep_numbers(customer, numbers)
    commit()
    return saved(customer.id)


@bp.get("/customers/<uuid:id>")
@permitted("customers.read")
def show(id: UUID) -> Any:
    customer = Customer.find(id=id)
    may = {"may_edit": current_user.may("customers.edit"), "may_block": current_user.may("customers.block")}
    average, count = figures_of("customer", "stars", [id]).get(id, (None, 0))
    shown = {"average_stars": average, "rating_count": count, "panels": panels_of("customer", customer)}
    shown["numbers"] = other_numbers(customer)
    return render_template("customers/customer.html", customer=customer, **shown, **may)


@bp.get("/customers/<uuid:id>/edit")
@permitted("customers.edit")
def edit(id: UUID, errors: dict[str, str] | None = None) -> Any:
    return form_page(Customer.find(id=id), errors)


@bp.post("/customers/<uuid:id>")
@permitted("customers.edit")
@redraw(edit)
def update(id: UUID) -> Any:
    customer, (facts, numbers) = Customer.locked(id=id), read_facts()
    customer.change(**facts)
    keep_numbers(customer, numbers)
    commit()
    return saved(id)


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
    numbers = "\n".join(other_numbers(customer)) if customer else ""
    form = filled(**known_facts(customer or Customer()), phones=numbers)
    lists = {"languages": language_names(), "countries": country_names()}
    return render_template("customers/edit.html", customer=customer, form=form, errors=errors, **lists)


def read_facts() -> tuple[dict[str, Any], list[str] | None]:
    """Exactly the fields that the form offers, and the further numbers; nothing else that is sent reaches the row.
    Raises Invalid."""
    line = text(max=100, lines=False, optional=True)
    language = choice(*LANGUAGES, optional=True)
    note = text(max=2000, optional=True)
    kinds = {"email": email(optional=True), "phone": phone(), "phones": phones(), "language": language}
    facts = read(name=line, **kinds, country=country(), note=note)
    return facts, facts.pop("phones")


def saved(id: UUID, sentence: str | None = None) -> Any:
    flash(sentence or _("Saved."), "good")
    return redirect(url_for(".show", id=id), 303)
