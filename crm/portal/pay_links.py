"""A link by which a customer pays a purchase without signing in: copied, or sent by an employee in the customer's thread.

The page needs no JavaScript, and opening it changes nothing.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from werkzeug.exceptions import Gone

from ..catalog.models import Payment, Transaction
from ..catalog.models.line import lines_of
from ..catalog.money import shown
from ..catalog.payments import methods, offered_to
from ..conversations.models import Conversation
from ..conversations.models.writing import Draft, reply
from ..customers.models import Customer
from ..db import db, uuid7
from ..events import commit
from ..extensions import csrf, limiter
from ..locale import language_of
from ..registry import panel
from ..templating import speaking
from ..tenancy import public_link
from ..web import Refused, choice, permitted, read, uuid
from .limits import address
from .links import Links

LINKS = Links("pay", days=90)
bp = Blueprint("pay", __name__)
csrf.exempt(bp)  # the link's own token is the proof; a session is not needed
sending = Blueprint("payment_links", __name__)


def link_of(purchase: Transaction) -> str:
    return public_link("pay.page", token=LINKS.key(purchase.id))


# -- the customer's page


@bp.get("/pay/<token>")
@limiter.limit("60 per minute", key_func=address)
def page(token: str) -> Any:
    return drawn(open_link(token))


@bp.post("/pay/<token>")
@limiter.limit("20 per minute", key_func=address)
def pay(token: str) -> Any:
    """On to where the money is taken. What is paid or cancelled meanwhile says so."""
    purchase = open_link(token, lock=True)
    if not purchase.is_owed:
        return drawn(purchase)
    try:
        there = begun(purchase)
    except Refused as problem:
        return drawn(purchase, str(problem.description)), 409
    return render_template("portal/go_on.html", address=there) if there else redirect(link_of(purchase), 303)


def begun(purchase: Transaction) -> str | None:
    """Where the money is taken. Raises Refused."""
    way = methods[read(way=choice(*(way.key for way in ways_of(purchase))))["way"]]
    payment = way.begin(purchase)
    commit()
    return way.goes_on(payment, link_of(purchase))


def open_link(token: str, lock: bool = False) -> Transaction:
    """The purchase of a link; the page speaks its customer's language. Raises Gone, and NotFound for a forged or foreign one."""
    id, _version = LINKS.read(token)
    purchase = Transaction.locked(id=id) if lock else Transaction.find(id=id)
    if purchase.customer is None or purchase.customer.blocked_at:
        raise Gone()
    g.actor = purchase.customer
    return purchase


def ways_of(purchase: Transaction) -> list[Any]:
    """Those that take the money at once, else an invoice for who has none."""
    offered = offered_to(g.actor)
    at_once = [way for way in offered if way.key != "account"]
    return at_once or ([] if invoice_of(purchase) else offered)


def invoice_of(purchase: Transaction) -> Payment | None:
    return Payment.first(transaction_id=purchase.id, method="account", state="open")


def drawn(purchase: Transaction | None, problem: str = "") -> str:
    """Of a purchase that is over there is nothing to pay; who has the link sees no more of it than its sum."""
    parts: dict[str, Any] = {}
    if purchase:
        parts = {"lines": lines_of(purchase.id), "ways": ways_of(purchase), "invoice": invoice_of(purchase)}
    return render_template("portal/pay.html", purchase=purchase, problem=problem, **parts)


@bp.errorhandler(Gone)
def show_too_old(_error: Gone) -> Any:
    return drawn(None), 410


# -- the employee's side


@panel("transaction")
def link_panel(purchase: Transaction) -> str | None:
    """Beside what is to be paid: the link to copy, and the way to send it."""
    if not (purchase.is_owed and purchase.customer and purchase.balance and current_user.may("transactions.edit")):
        return None
    return render_template("portal/_pay_panel.html", purchase=purchase, link=link_of(purchase), key=uuid7())


@sending.post("/purchases/<int:number>/link")
@permitted("transactions.edit")
def send(number: int) -> Any:
    purchase = Transaction.find(number=number)
    conversation = say(purchase, read(key=uuid())["key"])
    commit()
    flash(_("The link goes out by e-mail."), "good")
    return redirect(f"{g.get('tenant').path}/conversations/{conversation.number}", 303)


def say(purchase: Transaction, key: UUID) -> Conversation:
    """A mail in the customer's thread, once for each key. Raises Refused when there is no address, or nothing to pay."""
    customer = purchase.customer
    if customer is None or not customer.contact_email:
        raise Refused(_("This customer has no e-mail address. Add one on their page."))
    if not purchase.is_owed:
        raise Refused(_("Only what was placed can be paid."))
    with speaking(language_of(customer)):
        words = {"number": purchase.number, "link": link_of(purchase)}
        subject = _("Purchase #%(number)s", number=purchase.number)
        body = _("Here you can pay %(sum)s for purchase #%(number)s:\n\n%(link)s",
                 sum=shown(purchase.balance, purchase.currency), **words)  # fmt: skip
    conversation = thread_of(customer, subject, key)
    reply(conversation, current_user, Draft(body, key))
    return conversation


def thread_of(customer: Customer, subject: str, key: UUID) -> Conversation:
    """Their mails that go on, locked; else a new one."""
    theirs = Conversation.customer_id == customer.id, Conversation.channel == "email", Conversation.status != "closed"
    last = db.session.scalars(select(Conversation.id).where(*theirs).order_by(Conversation.id.desc()).limit(1)).first()
    begun = last or Conversation.begin(customer, None, key, channel="email", subject=subject).id
    return Conversation.locked(id=begun)
