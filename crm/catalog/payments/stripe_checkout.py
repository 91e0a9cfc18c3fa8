"""Stripe Checkout by Stripe's own library: the customer pays on Stripe's page, and Stripe tells us by signed calls.

The library takes some 30 MiB, so only processes that speak with Stripe load it. The workspace's keys are sealed in the database.
"""

import logging
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...customers.models import Customer
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
        """Of what is still to come in. Raises Refused for what is not placed, and for a sum that Stripe cannot take."""
        if not purchase.is_owed:
            raise Refused(_("Only what was placed can be paid."))
        charged(purchase.balance, purchase.currency)
        facts = {"method": self.key, "amount": purchase.balance, "currency": purchase.currency}
        known = Payment.first(transaction_id=purchase.id, state="open", refund_of_id=None, **facts)
        return known or Payment(transaction_id=purchase.id, **facts).save()

    def goes_on(self, payment: Payment, back: str) -> str | None:
        """The address of Stripe's page: the one that there is, as long as it is open. Raises Refused."""
        key, wanted, known = ShopSettings.here().secret("stripe_key"), session_of(payment, back), payment.external_id
        commit()  # nothing is held while Stripe answers
        made = ask(key, lambda client: page_of(client, known, wanted, str(payment.id)))
        if made.status == "complete":
            raise Refused(_("It is paid. We wait for Stripe to tell us, which takes a moment."))
        Payment.locked(id=payment.id).external_id = made.id
        commit()
        return str(made.url)


def page_of(client: Any, known: str | None, wanted: dict[str, Any], id: str) -> Any:
    """The page that is known, unless it is over; else a new one, of which the payment's id is the key: asked twice at once,
    Stripe makes one."""
    page = client.v1.checkout.sessions.retrieve(known) if known else None
    if page is not None and page.status != "expired":
        return page
    key = f"{id}-{known[-40:]}" if known else id
    return client.v1.checkout.sessions.create(wanted, options={"idempotency_key": key})


def session_of(payment: Payment, back: str) -> dict[str, Any]:
    """What Stripe is asked for: the lines with their sums, so that its total is ours to the last unit."""
    purchase, customer = payment.transaction, payment.transaction.customer
    known = {"customer_email": customer.contact_email} if customer and customer.contact_email else {}
    marks = {"payment": str(payment.id), "purchase": str(purchase.number)}
    return {
        "mode": "payment", "success_url": back, "cancel_url": back, "client_reference_id": str(payment.id), **known,
        "metadata": marks, "payment_intent_data": {"metadata": marks}, "line_items": items(payment, purchase),
    }  # fmt: skip


def items(payment: Payment, purchase: Transaction) -> list[dict[str, Any]]:
    """Line by line; as one sum when it is a part of it, or when Stripe cannot take each."""
    lines = lines_of(purchase.id)
    if payment.amount == purchase.total and 0 < len(lines) <= MOST_ITEMS:
        try:
            return [item(f"{line.quantity} × {line.name}", line.total, payment.currency) for line in lines]
        except Uncounted:
            pass
    return [item(_("Purchase #%(number)s", number=purchase.number), payment.amount, payment.currency)]


def item(name: str, amount: int, currency: str) -> dict[str, Any]:
    price = {
        "currency": currency.lower(),
        "unit_amount": charged(amount, currency),
        "product_data": {"name": name[:250]},
    }
    return {"quantity": 1, "price_data": price}


class Uncounted(Refused):
    """A sum that Stripe cannot take, such as the last of three digits."""


class Declined(Refused):
    """Stripe does not do it, however often it is asked; `word` is its own for why."""

    def __init__(self, description: str, word: str):
        super().__init__(description)
        self.word = word


def charged(amount: int, currency: str) -> int:
    """The amount as Stripe counts it. Raises Uncounted."""
    ours, theirs = digits(currency), THEIR_DIGITS.get(currency, digits(currency))
    whole, rest = divmod(amount * 10**theirs, 10**ours)
    if rest or theirs > 3 or (theirs == 3 and whole % 10):
        raise Uncounted(_("This sum cannot be paid by Stripe. Choose another way."))
    return whole


def counted(amount: int, currency: str) -> int:
    """As we count what Stripe tells."""
    return amount * 10 ** digits(currency) // 10 ** THEIR_DIGITS.get(currency, digits(currency))


def ask(key: str, question: Any) -> Any:
    """Stripe's answer. Raises Refused, with what to do, when there is none, Declined when it refuses; the log says why."""
    import stripe

    address: Any = {"api": current_app.config["STRIPE_API"]} if current_app.config.get("STRIPE_API") else {}
    client = stripe.StripeClient(key, max_network_retries=RETRIES, base_addresses=address,
                                 http_client=stripe.RequestsClient(timeout=SECONDS))  # fmt: skip
    try:
        return question(client)
    except stripe.StripeError as problem:
        log.warning("Stripe: %s", word := str(problem.code or type(problem).__name__))
        final = isinstance(problem, stripe.InvalidRequestError | stripe.CardError)
        sentence = _("Stripe could not be reached, or did not take it. Try again, or choose another way.")
        raise (Declined(sentence, word) if final else Refused(sentence)) from None


def marked(thing: dict[str, Any]) -> Payment | None:
    """By the mark that we gave it: when Stripe was quicker than our own note of its id, and for what it made of it."""
    try:
        id = UUID(str((thing.get("metadata") or {}).get("payment", "")))
    except ValueError:
        return None
    return Payment.first(id=id, method="stripe")
