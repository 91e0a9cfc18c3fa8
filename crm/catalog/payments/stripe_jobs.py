"""What is asked of Stripe in the worker: to give back, to end pages that nobody is to pay any more, and how things stand."""

from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import ColumnElement

from ...db import db, now
from ...events import later
from ...jobs import every, job
from ..models import Payment, ShopSettings, Transaction
from ..queries import refunded_by
from . import back
from .incoming import end_open
from .stripe_checkout import Declined, Uncounted, ask, charged, counted
from .stripe_hook import hear_session

# Stripe knows a key for a day. Whoever waits longer looks whether it was done before asking again.
KNOWN_FOR, PATIENCE = timedelta(hours=23), timedelta(minutes=5)
LOOKED_AT, MOST = timedelta(days=60), 100


@later("payment.owed")
def send_back(event: Any) -> None:
    give_back.enqueue(payment_id=str(event.subject_id))


@later("payment.went_back")
def look_what_went_back(event: Any) -> None:
    ask_about.enqueue(payment_id=str(event.subject_id))


@later("transaction.paid", "transaction.part_paid", "transaction.cancelled", "transaction.refunded")
def end_their_pages(event: Any) -> None:
    purchase = event.subject and (refunded_by(event.subject) or event.subject)
    if purchase and pages_of(purchase):
        end_pages.enqueue(transaction_id=str(purchase.id))


def pages_of(purchase: Transaction) -> list[str]:
    """Stripe's pages that were asked for and are not to be paid any more."""
    over = (one for one in Payment.of(purchase) if one.method == "stripe" and one.state == "failed")
    return [one.external_id for one in over if one.external_id and one.refund_of_id is None]


@every(seconds=300)
def find_owed() -> None:
    """What a lost queue or a killed worker left behind."""
    for id in open_ones(Payment.refund_of_id.is_not(None), Payment.external_id.is_(None), PATIENCE):
        give_back.enqueue(payment_id=str(id))


@every(seconds=3600)
def look_after() -> None:
    """What stays open: Stripe's word may have been lost."""
    for id in open_ones(Payment.external_id.is_not(None), Payment.created_at > now() - LOOKED_AT, timedelta(hours=1)):
        ask_about.enqueue(payment_id=str(id))


def open_ones(this: ColumnElement[bool], that: ColumnElement[bool], age: timedelta) -> list[UUID]:
    which = Payment.method == "stripe", Payment.state == "open", Payment.created_at < now() - age, this, that
    return list(db.session.scalars(db.select(Payment.id).where(*which).order_by(Payment.id.desc()).limit(MOST)))


@job()
def give_back(payment_id: str) -> None:
    row = Payment.find(id=UUID(payment_id))
    if row.state != "open" or row.external_id:
        return
    came = Payment.find(id=row.refund_of_id)
    try:
        made = asked(lambda client: refunded(client, came, row))
    except (Declined, Uncounted) as problem:
        back.locked_purchase(row.transaction)
        back.fail(Payment.locked(id=row.id), getattr(problem, "word", "amount"))
    else:
        back.hear_refund({**facts(made, "id", "status", "failure_reason"), "metadata": {"payment": payment_id}})


def asked(question: Any) -> Any:
    return ask(ShopSettings.here().secret("stripe_key"), question)


def refunded(client: Any, came: Payment, row: Payment) -> Any:
    intent, mark = intent_of(client, came), {"payment": str(row.id)}
    wanted = {"payment_intent": intent, "amount": charged(row.amount, row.currency), "metadata": mark}
    known = refunds_of(client, intent) if row.created_at < now() - KNOWN_FOR else []
    before = [one for one in known if facts(one, "metadata")["metadata"].get("payment") == mark["payment"]]
    return before[0] if before else client.v1.refunds.create(wanted, options={"idempotency_key": str(row.id)})


def intent_of(client: Any, came: Payment) -> str:
    return str(client.v1.checkout.sessions.retrieve(str(came.external_id)).payment_intent)


def refunds_of(client: Any, intent: str) -> list[Any]:
    return list(client.v1.refunds.list({"payment_intent": intent, "limit": MOST}).data)


def facts(thing: Any, *names: str) -> dict[str, Any]:
    """Of one of the library's objects."""
    found = {name: getattr(thing, name, None) for name in names}
    return found | ({"metadata": as_told(found["metadata"])} if "metadata" in found else {})


def as_told(marks: Any) -> dict[str, Any]:
    return marks.to_dict() if hasattr(marks, "to_dict") else dict(marks or {})


@job()
def ask_about(payment_id: str) -> None:
    """How a page of Stripe's stands, or money on its way back; of what came in, what went back of it."""
    row = Payment.find(id=UUID(payment_id))
    if row.refund_of_id:
        made = asked(lambda client: client.v1.refunds.retrieve(str(row.external_id)))
        back.hear_refund(facts(made, "id", "status", "failure_reason"))
    elif row.state == "paid":
        for refund in asked(lambda client: refunds_of(client, intent_of(client, row))):
            hear_what_went_back(row, facts(refund, "id", "status", "failure_reason", "amount", "metadata"))
    else:
        page = asked(lambda client: client.v1.checkout.sessions.retrieve(str(row.external_id)))
        told = facts(page, "id", "status", "payment_status", "amount_total", "currency")
        hear_session(told, str(told["status"]))


def hear_what_went_back(came: Payment, refund: dict[str, Any]) -> None:
    """Also what somebody gave back on Stripe's own pages: as a refund, or of what was too much."""
    if back.hear_refund(refund) or back.STATES.get(refund["status"]) == "failed":
        return
    purchase, amount = Transaction.locked(id=came.transaction_id), counted(refund["amount"], came.currency)
    to = purchase
    if came.currency != purchase.currency:
        pass  # all of it was too much, and counts nowhere
    elif amount <= purchase.surplus:
        purchase.surplus -= amount
    elif purchase.is_owed:
        purchase.owe_again(amount)
        end_open(purchase)
    elif purchase.left:
        to = purchase.refund(uuid5(NAMESPACE_URL, refund["id"]), min(amount, purchase.left), memo="Stripe")
    row = Payment(transaction_id=to.id, refund_of_id=came.id, method="stripe", amount=amount, currency=came.currency,
                  external_id=refund["id"]).save()  # fmt: skip
    back.note(row, refund)


@job()
def end_pages(transaction_id: str) -> None:
    for page in pages_of(Transaction.find(id=UUID(transaction_id))):
        asked(lambda client, page=page: ended(client, page))


def ended(client: Any, page: str) -> None:
    """One that is over already stays so."""
    if client.v1.checkout.sessions.retrieve(page).status == "open":
        client.v1.checkout.sessions.expire(page)
