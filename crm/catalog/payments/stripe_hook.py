"""What Stripe tells us by signed calls, as often as it likes and in whatever order."""

import json
import re
from typing import Any

from flask import abort

from ...events import record
from ..models import Payment, ShopSettings, Transaction
from . import back
from .incoming import settle
from .stripe_checkout import counted, marked

ENDS = ("expired", "async_payment_failed")
IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,255}")


def told(payload: bytes, signature: str) -> None:
    """Aborts with 400 what Stripe did not sign, or signed long ago, and what it would never say."""
    secret = ShopSettings.here().secret("stripe_webhook_secret")
    if not secret:
        abort(404)
    import stripe

    try:
        stripe.Webhook.construct_event(payload, signature, secret)
        event = json.loads(payload)
        name, thing = str(event["type"]), dict(event["data"]["object"])
    except (ValueError, TypeError, KeyError, AttributeError, stripe.SignatureVerificationError):
        abort(400)
    if not is_of_stripe(thing):
        abort(400)
    hear(name, thing)


def is_of_stripe(thing: dict[str, Any]) -> bool:
    parts = [("metadata", {}, dict), ("amount_total", 0, int), ("currency", "", str)]
    named = isinstance(thing.get("id"), str) and IDENTIFIER.fullmatch(thing["id"])
    return bool(named) and all(isinstance(thing.get(name) or nothing, kind) for name, nothing, kind in parts)


def hear(name: str, thing: dict[str, Any]) -> None:
    if name.startswith("checkout.session."):
        hear_session(thing, name.removeprefix("checkout.session."))
    elif name.startswith("charge.dispute."):
        record("stripe.disputed", ShopSettings.here(), dispute=thing["id"])  # the worker asks how it stands by now
    elif name.startswith("refund.") or name == "charge.refund.updated":
        back.hear_refund(thing)
    elif name == "charge.refunded" and (payment := marked(thing)) is not None:
        record("payment.went_back", payment)  # maybe not by us: the worker asks Stripe for all that did


def hear_session(session: dict[str, Any], what: str) -> None:
    payment = Payment.first(method="stripe", external_id=str(session.get("id"))) or marked(session)
    if payment is None:
        return
    purchase = Transaction.locked(id=payment.transaction_id)
    payment = Payment.locked(id=payment.id)
    if session.get("payment_status") == "paid":
        came_in(purchase, payment, session)
    elif what in ENDS and payment.state == "open" and payment.external_id == session.get("id"):
        payment.settle("failed")


def came_in(purchase: Transaction, payment: Payment, session: dict[str, Any]) -> None:
    """Once for each page of Stripe's, whatever came: what is paid or cancelled by now is paid too much, and so are two pages
    for one payment."""
    if payment.state == "paid":
        if payment.external_id == session["id"]:
            return
        payment = Payment(transaction_id=purchase.id, method="stripe").save()
    payment.external_id, payment.currency = (
        str(session["id"]),
        str(session.get("currency") or purchase.currency).upper(),
    )
    payment.amount = counted(int(session.get("amount_total") or 0), payment.currency)
    if payment.currency == purchase.currency:
        settle(purchase, payment)
    elif payment.settle("paid"):
        purchase.tell("transaction.overpaid", amount=payment.amount, currency=payment.currency)
