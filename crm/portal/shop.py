"""What a customer can buy, and the cart: a purchase that is a draft until they order it."""

from typing import Any
from uuid import UUID

from flask import abort, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from ..catalog import queries
from ..catalog.models import Payment, Product, ShopSettings, Transaction, TransactionLine
from ..catalog.models.line import MOST_PIECES, lines_of
from ..catalog.models.product import prices_of
from ..catalog.models.stock import missing
from ..catalog.payments import methods, offered_to
from ..catalog.products import send_picture
from ..customers.models import Customer
from ..db import db, uuid7
from ..events import commit
from ..forms import redraw
from ..tenancy import current_tenant, public_link
from ..web import Invalid, Refused, choice, integer, read, read_query, text, uuid
from .limits import limited
from .portal import Errors, bp


def open_shop() -> None:
    """Raises NotFound where customers cannot buy by themselves."""
    if not ShopSettings.here().portal_open:
        abort(404)


@bp.get("/help/products")
@limited("120 per minute")
def products() -> Any:
    open_shop()
    asked = read_query(q=text(optional=True), category=text(optional=True))
    shown = {"asked": asked, "categories": queries.categories(), "count": count_in(cart())}
    return render_template("portal/products.html", page=queries.on_offer(current_tenant.currency, **asked), **shown)


@bp.get("/help/products/<uuid:id>")
@limited("120 per minute")
def product(id: UUID) -> Any:
    found, currency = sold(id), current_tenant.currency
    price = next((price for price in prices_of([id]).get(id, []) if price.currency == currency), None)
    return render_template("portal/product.html", product=found, price=price, count=count_in(cart()))


@bp.get("/help/products/<uuid:id>/picture")
@limited("600 per minute")
def picture(id: UUID) -> Any:
    return send_picture(sold(id))


def sold(id: UUID) -> Product:
    open_shop()
    found = Product.find(id=id)
    return found if found.is_sold else abort(404)


# -- the cart


def cart(lock: bool = False) -> Transaction | None:
    """The customer's draft in the currency of the shop, if there is one."""
    query = select(Transaction).where(
        Transaction.customer_id == g.visitor.customer.id, Transaction.source == "portal", Transaction.state == "draft",
        Transaction.currency == current_tenant.currency,
    ).order_by(Transaction.id).limit(1)  # fmt: skip
    return db.session.scalars(query.with_for_update(key_share=True) if lock else query).first()


def cart_or_new() -> Transaction:
    """One at a time: two tabs fill the same one."""
    customer = Customer.locked(id=g.visitor.customer.id)
    return cart(lock=True) or Transaction.begin(customer, current_tenant.currency, uuid7(), source="portal")


def count_in(draft: Transaction | None) -> int:
    return sum(line.quantity for line in lines_of(draft.id)) if draft else 0


@bp.get("/help/cart")
def show_cart(errors: Errors = None, **_more: Any) -> Any:
    open_shop()
    draft = cart()
    lines = lines_of(draft.id) if draft else []
    shown = {"purchase": draft, "lines": lines, "lacking": lacking(lines), "ways": offered_to(g.visitor.customer)}
    return render_template("portal/cart.html", errors=errors or {}, **shown)


def lacking(lines: list[TransactionLine]) -> dict[UUID, str]:
    """{line: why it cannot be ordered as it stands}, said before somebody tries."""
    query = select(Product).where(Product.id.in_([line.product_id for line in lines]))
    products = {one.id: one for one in db.session.scalars(query)} if lines else {}
    found = {line.id: missing(products[line.product_id], line.quantity) for line in lines if line.product_id}
    return {id: sentence for id, sentence in found.items() if sentence}


@bp.post("/help/cart")
@limited("60 per minute")
@redraw(show_cart)
def add_to_cart() -> Any:
    fields = read(product_id=uuid(), quantity=integer(1, MOST_PIECES))
    wanted = sold(fields["product_id"])
    cart_or_new().add_line(wanted, fields["quantity"])
    commit()
    flash(_("“%(name)s” is in your cart.", name=wanted.name), "good")
    return redirect(url_for(".show_cart"), 303)


@bp.post("/help/cart/<uuid:id>")
@limited("60 per minute")
@redraw(show_cart)
def change_cart(id: UUID) -> Any:
    quantity, draft = read(quantity=integer(0, MOST_PIECES))["quantity"], cart(lock=True) or abort(404)
    line = TransactionLine.find(id=id, transaction_id=draft.id)
    draft.change_line(line, quantity=quantity) if quantity else draft.remove_line(line)
    commit()
    return redirect(url_for(".show_cart"), 303)


@bp.post("/help/purchases/<int:number>/order")
@limited("20 per minute")
@redraw(show_cart)
def order(number: int) -> Any:
    """A second time it is ordered already, and is shown."""
    ways = [method.key for method in offered_to(g.visitor.customer)]
    wish = read(way=choice(*ways, optional=True))
    purchase = ordered(number, **wish)
    commit()
    return go_on(purchase, **wish)


@bp.post("/help/purchases/<int:number>/payment")
@limited("20 per minute")
def pay(number: int) -> Any:
    """Another try, or another way."""
    way = read(way=choice(*(method.key for method in offered_to(g.visitor.customer))))["way"]
    purchase = Transaction.locked(number=number, customer_id=g.visitor.customer.id)
    methods[way].begin(purchase)
    commit()
    return go_on(purchase, way)


def ordered(number: int, way: str | None) -> Transaction:
    """The customer's cart, placed. Raises Invalid when it cannot be, and when prices have changed, which are shown first;
    what an employee is still putting together for them is not theirs to order."""
    draft = Transaction.locked(number=number, customer_id=g.visitor.customer.id)
    if draft.state == "draft":
        open_shop()
        if draft.source != "portal":
            abort(404)
        if as_it_costs_now(draft):
            commit()
            raise Invalid({"lines": _("Prices have changed since you chose. Look at them, and order again.")})
        draft.place()
        begin_payment(draft, way)
        flash(_("Thank you. We have your order."), "good")
    return draft


def as_it_costs_now(draft: Transaction) -> bool:
    """Give each line today's price, with the tax within it or not as today; whether one was another. Raises Invalid for what
    is not sold any more."""
    included = ShopSettings.here().prices_include_tax
    anew = changed = draft.tax_included != included
    draft.tax_included = included
    for line in lines_of(draft.id):
        product = Product.find(id=line.product_id)
        today = {"unit_price": draft.price_of(product), "tax_rate": product.tax_rate}
        if anew or any(getattr(line, name) != value for name, value in today.items()):
            draft.change_line(line, **today)
            changed = True
    return changed


def begin_payment(purchase: Transaction, way: str | None) -> None:
    if not purchase.total:
        purchase.pay()
    elif way:
        methods[way].begin(purchase)


def go_on(purchase: Transaction, way: str | None = None) -> Any:
    """To the page of whoever takes the money, else to the purchase, which says how it stands."""
    there = url_for(".purchase", number=purchase.number)
    payment = Payment.first(transaction_id=purchase.id, method=way, state="open") if way else None
    if payment is None:
        return redirect(there, 303)
    try:
        address = methods[payment.method].goes_on(payment, public_link("portal.purchase", number=purchase.number))
    except Refused as problem:
        flash(str(problem.description), "warn")
        return redirect(there, 303)
    return render_template("portal/go_on.html", address=address) if address else redirect(there, 303)
