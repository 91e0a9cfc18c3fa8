"""Stripe Checkout by Stripe's own library: the customer pays on Stripe's page, and Stripe tells us by signed calls.

The library takes some 30 MiB, so only processes that speak with Stripe load it. The workspace's keys are sealed in the database.
"""

import json
import logging
from typing import Any

from flask import abort, current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...customers.models import Customer
from ...db import db
from ...events import commit
from ...web import Refused
from ..models import Payment, ShopSettings, Transaction
from ..models.line import lines_of
from ..money import digits

log = logging.getLogger(__name__)
SECONDS, RETRIES = 10, 2
# Where Stripe counts otherwise than ISO 4217, see docs.stripe.com/currencies: "special cases".
THEIR_DIGITS = {"ISK": 2, "UGX": 2, "MGA": 0}
MOST_ITEMS = 100


class StripeCheckout:
    key = "stripe"
    word = _l("By card and other ways")
    about = _l("You pay on a page of Stripe.")

    def offered(self, shop: ShopSettings, customer: Customer) -> bool:
        return bool(shop.stripe_key and shop.stripe_webhook_secret)

    def begin(self, purchase: Transaction) -> Payment:
        """Raises Refused for what is not placed, and for a sum that Stripe cannot take."""
        if purchase.paid_at or purchase.state not in ("placed", "fulfilled"):
            raise Refused(_("Only what was placed can be paid."))
        charged(purchase.total, purchase.currency)
        known = Payment.first(transaction_id=purchase.id, method=self.key, state="open")
        facts = {"method": self.key, "amount": purchase.total, "currency": purchase.currency}
        return known or Payment(transaction_id=purchase.id, **facts).save()

    def goes_on(self, payment: Payment, back: str) -> str | None:
        """The address of Stripe's page. Its key is the payment's id: asked twice, Stripe makes one page."""
        key, wanted = ShopSettings.here().secret("stripe_key"), session_of(payment, back)
        commit()  # nothing is held while Stripe answers
        made = ask(key, lambda client: client.v1.checkout.sessions.create(
            wanted, options={"idempotency_key": str(payment.id)}))  # fmt: skip
        Payment.locked(id=payment.id).external_id = made.id
        commit()
        return str(made.url)


def session_of(payment: Payment, back: str) -> dict[str, Any]:
    """What Stripe is asked for: the lines with their sums, so that its total is ours to the last unit."""
    purchase, currency = payment.transaction, payment.currency
    items = [(f"{line.quantity} × {line.name}", line.total) for line in lines_of(purchase.id)]
    if len(items) > MOST_ITEMS:
        items = [(_("Purchase #%(number)s", number=purchase.number), purchase.total)]
    customer = purchase.customer
    known = {"customer_email": customer.contact_email} if customer and customer.contact_email else {}
    marks = {"payment": str(payment.id), "purchase": str(purchase.number)}
    return {
        "mode": "payment", "success_url": back, "cancel_url": back, "client_reference_id": str(payment.id), **known,
        "metadata": marks, "payment_intent_data": {"metadata": marks},
        "line_items": [item(name, amount, currency) for name, amount in items],
    }  # fmt: skip


def item(name: str, amount: int, currency: str) -> dict[str, Any]:
    price = {
        "currency": currency.lower(),
        "unit_amount": charged(amount, currency),
        "product_data": {"name": name[:250]},
    }
    return {"quantity": 1, "price_data": price}


def charged(amount: int, currency: str) -> int:
    """The amount as Stripe counts it. Raises Refused for what it cannot take, such as the last of three digits."""
    ours, theirs = digits(currency), THEIR_DIGITS.get(currency, digits(currency))
    whole, rest = divmod(amount * 10**theirs, 10**ours)
    if rest or theirs > 3 or (theirs == 3 and whole % 10):
        raise Refused(_("This sum cannot be paid by Stripe. Choose another way."))
    return whole


def ask(key: str, question: Any) -> Any:
    """Stripe's answer. Raises Refused, with what to do, when there is none or it refuses; the log says why."""
    import stripe

    address: Any = {"api": current_app.config["STRIPE_API"]} if current_app.config.get("STRIPE_API") else {}
    client = stripe.StripeClient(key, max_network_retries=RETRIES, base_addresses=address,
                                 http_client=stripe.RequestsClient(timeout=SECONDS))  # fmt: skip
    try:
        return question(client)
    except stripe.StripeError as problem:
        log.warning("Stripe: %s", problem.code or type(problem).__name__)
        raise Refused(_("Stripe could not be reached, or did not take it. Try again, or choose another way.")) from None


def told(payload: bytes, signature: str) -> None:
    """What Stripe tells us, as often as it likes. Aborts with 400 what it did not sign, or signed long ago."""
    secret = ShopSettings.here().secret("stripe_webhook_secret")
    if not secret:
        abort(404)
    import stripe

    try:
        stripe.Webhook.construct_event(payload, signature, secret)
        event = json.loads(payload)
    except (ValueError, stripe.SignatureVerificationError):
        abort(400)
    if isinstance(event, dict) and str(event.get("type", "")).startswith("checkout.session."):
        hear(event["type"].removeprefix("checkout.session."), event["data"]["object"])


def hear(what: str, session: dict[str, Any]) -> None:
    payment = payment_of(session)
    if payment is None:
        return
    purchase = Transaction.locked(id=payment.transaction_id)
    payment = Payment.locked(id=payment.id)
    if what in ("completed", "async_payment_succeeded") and session.get("payment_status") == "paid":
        came_in(purchase, payment, session)
    elif what in ("expired", "async_payment_failed") and payment.state == "open":
        payment.settle("failed")


def payment_of(session: dict[str, Any]) -> Payment | None:
    """By Stripe's id; by ours when Stripe was quicker than our own note of its id."""
    known = Payment.first(method="stripe", external_id=str(session.get("id")))
    mark = str((session.get("metadata") or {}).get("payment", ""))
    return known or next((one for one in open_ones() if str(one.id) == mark), None)


def open_ones() -> list[Payment]:
    query = db.select(Payment).where(Payment.method == "stripe", Payment.state == "open", Payment.external_id.is_(None))
    return list(db.session.scalars(query).all())


def came_in(purchase: Transaction, payment: Payment, session: dict[str, Any]) -> None:
    """Once. Another sum than ours, or money for what is paid or cancelled already, is left for a person to look at."""
    wanted = charged(payment.amount, payment.currency), payment.currency.lower()
    if (session.get("amount_total"), str(session.get("currency"))) != wanted:
        log.error("Stripe tells of another sum than was asked for.", extra={"payment": str(payment.id)})
        return
    payment.external_id = payment.external_id or session["id"]
    if payment.settle("paid"):
        if purchase.paid_at or purchase.state not in ("placed", "fulfilled"):
            log.error("Stripe was paid for what was paid or cancelled already.", extra={"payment": str(payment.id)})
        else:
            purchase.pay()
