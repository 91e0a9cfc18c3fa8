"""The list of purchases and refunds, each one's page, and beginning one for a customer."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_login import current_user

from ..accounts.kinds import currency
from ..accounts.routes.workspace import currency_names
from ..customers.fields.panels import keep_fields
from ..customers.models import Customer
from ..customers.queries import customers
from ..db import uuid7
from ..events import commit
from ..forms import filled
from ..listing.pages import list_page, mount
from ..tenancy import current_tenant
from ..web import permitted, read, read_query, text, uuid
from . import queries
from .blueprint import bp
from .lists import PURCHASES
from .models import Dispute, Payment, Receipt, Transaction, TransactionLine
from .models.line import lines_of
from .models.rate import known_rate
from .money import in_field, percent_in_field, rate_in_field

Errors = dict[str, str] | None


@bp.get("/purchases")
@permitted("transactions.read")
def purchases() -> Any:
    return list_page(PURCHASES)


mount(bp, PURCHASES)


@bp.get("/purchases/new")
@permitted("transactions.edit")
def new_purchase(errors: Errors = None) -> Any:
    asked = read_query(q=text(optional=True), customer=uuid(optional=True))
    chosen = Customer.find(id=asked["customer"]) if asked["customer"] else None
    found = customers(asked["q"]).rows[:10] if not chosen else []
    shown = {"customer": chosen, "found": found, "q": asked["q"], "currencies": currency_names()}
    form = filled(currency=current_tenant.currency, key=str(uuid7()))
    return render_template("catalog/new_purchase.html", form=form, errors=errors, **shown)


@bp.post("/purchases")
@permitted("transactions.edit")
def create_purchase() -> Any:
    fields = read(customer_id=uuid(), currency=currency(), key=uuid())
    customer = Customer.find(id=fields.pop("customer_id"))
    purchase = Transaction.begin(customer, **fields)
    if not purchase.custom:
        keep_fields(purchase, new=True)
    commit()
    return redirect(url_for(".purchase", number=purchase.number), 303)


@bp.get("/purchases/<int:number>")
@permitted("transactions.read")
def purchase(number: int, errors: Errors = None, **_more: Any) -> Any:
    found = Transaction.find(number=number)
    return render_template("catalog/purchase.html", errors=errors, **page_of(found))


def page_of(found: Transaction) -> dict[str, Any]:
    """Everything that a purchase's page names."""
    lines, drafted = lines_of(found.id), found.state == "draft"
    vars(found)["glimpsed"] = {"disputes": Dispute.of(found) if found.kind == "purchase" else []}
    shown: dict[str, Any] = {"purchase": found, "lines": lines, "receipt": Receipt.first(transaction_id=found.id)}
    shown |= {"refunds": queries.refunds_of(found), "of": queries.refunded_by(found), "payments": Payment.of(found)}
    may_edit = current_user.may("transactions.edit")
    shown |= {"may_edit": may_edit, "may_refund": current_user.may("transactions.refund") and found.left > 0}
    if drafted and may_edit:
        foreign = found.currency != current_tenant.currency
        rate = rate_in_field(known_rate(found.currency)) if foreign else ""
        shown |= {"offered": queries.offered(found.currency), "foreign": foreign, "base": current_tenant.currency}
        shown["form"] = filled(product="", quantity="1", rate=rate)
    shown["fields"] = {line.id: fields_of_line(line, found.currency) for line in lines} if drafted else {}
    return shown


def fields_of_line(line: TransactionLine, currency: str) -> dict[str, Any]:
    """What the form for a line shows: what is stored, or what was typed into this one when it comes back."""
    discount = f"{percent_in_field(line.discount_rate)} %" if line.discount_rate else in_field(line.discount, currency)
    stored = {"quantity": line.quantity, "price": in_field(line.unit_price, currency),
              "discount": discount if line.discount else "", "tax_rate": percent_in_field(line.tax_rate)}  # fmt: skip
    typed = (request.view_args or {}).get("id") == line.id
    return {**(filled(**stored) if typed else stored), "open": typed}
