"""What a customer bought: each purchase with its receipts, buying it again, and asking about it."""

from typing import Any

from flask import abort, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from ..catalog.models import Payment, Product, Receipt, ShopSettings, Transaction
from ..catalog.models.line import lines_of
from ..catalog.payments import offered_to
from ..catalog.queries import refunds_of
from ..catalog.receipts import parts, sent
from ..conversations.models import Conversation
from ..db import uuid7
from ..events import commit
from ..extensions import limiter
from ..forms import filled, redraw
from ..paging import page
from ..registry import panel
from ..web import Invalid
from . import thread
from .asked import asked_about, point_to
from .limits import address, limited, uploads
from .portal import Errors, bp
from .shop import cart_or_new, open_shop


@bp.get("/help/purchases")
@limited("120 per minute")
def purchases() -> Any:
    mine = select(Transaction).where(Transaction.customer_id == g.visitor.customer.id)
    mine = mine.where(
        Transaction.state.not_in(["draft"]), Transaction.placed_at.is_not(None) | (Transaction.kind == "refund")
    )
    found = page(mine, Transaction.happened_at, Transaction.id, size=20)
    return render_template("portal/purchases.html", page=found, shop_open=ShopSettings.here().portal_open)


@bp.get("/help/purchases/<int:number>")
@limited("120 per minute")
def purchase(number: int, errors: Errors = None) -> Any:
    found = mine(number)
    shown = {"purchase": found, "lines": lines_of(found.id), "refunds": refunds_of(found)}
    shown |= {"receipt": Receipt.first(transaction_id=found.id), "payments": Payment.of(found)}
    shown["ways"] = offered_to(g.visitor.customer)
    form, shop_open = filled(body="", client_id=str(uuid7())), ShopSettings.here().portal_open
    return render_template("portal/purchase.html", form=form, errors=errors or {}, shop_open=shop_open, **shown)


def mine(number: int) -> Transaction:
    """Raises NotFound: others' purchases do not exist for them, and a draft is the cart."""
    found = Transaction.find(number=number, customer_id=g.visitor.customer.id)
    return found if found.state != "draft" else abort(404)


@bp.get("/help/receipts/<int:number>")
@limited("120 per minute")
def receipt(number: int) -> Any:
    return render_template("portal/receipt.html", **parts(my_receipt(number)))


@bp.get("/help/receipts/<int:number>/pdf")
@limited("20 per minute", "120 per minute")
def receipt_pdf(number: int) -> Any:
    return sent(my_receipt(number), url_for(".receipt", number=number))


def my_receipt(number: int) -> Receipt:
    found = Receipt.find(number=number)
    mine(found.transaction.number)
    return found


@bp.post("/help/purchases/<int:number>/again")
@limited("20 per minute")
def buy_again(number: int) -> Any:
    """Its products at today's prices into the cart; what is not sold any more is named."""
    open_shop()
    gone = put_again(mine(number), cart_or_new())
    commit()
    if gone:
        flash(_("Not on sale any more: %(names)s.", names=", ".join(gone)), "warn")
    return redirect(url_for(".show_cart"), 303)


def put_again(bought: Transaction, draft: Transaction) -> list[str]:
    """The names of what could not be put into the cart."""
    gone = []
    for line in lines_of(bought.id):
        product = Product.first(id=line.product_id)
        try:
            draft.add_line(product or abort(404), line.quantity)
        except (Invalid, NotFound):
            gone.append(line.name)
    return gone


@bp.post("/help/purchases/<int:number>/question")
@uploads
@limiter.limit("30 per minute; 300 per hour", key_func=address)
@limited("6 per minute; 40 per hour", "300 per minute")
@redraw(purchase)
def ask(number: int) -> Any:
    """A conversation that shows the purchase to whoever answers."""
    found = mine(number)
    conversation, message = thread.first_message(lambda begun: point_to(begun, found))
    commit()
    return thread.answer(conversation, message)


@panel("conversation")
def purchase_panel(conversation: Conversation) -> str | None:
    """Beside a conversation that was begun on a purchase's page: the purchase."""
    about = asked_about(conversation) if current_user.may("transactions.read") else None
    return render_template("portal/_purchase_panel.html", purchase=about, lines=lines_of(about.id)) if about else None
