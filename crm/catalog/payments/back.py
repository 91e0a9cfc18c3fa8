"""Money that goes back by the way it came, in the worker: once for each refund, however often it is tried."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from ...db import db, now
from ...events import later
from ...jobs import every, job
from ..models import Payment, ShopSettings, Transaction
from .stripe_checkout import ask, charged

KNOWN_FOR, PATIENCE = timedelta(hours=23), timedelta(minutes=5)
STATES = {"succeeded": "paid", "failed": "failed", "canceled": "failed"}


@later("transaction.refunded")
def send_back(event: Any) -> None:
    if paid_by_stripe(event.subject):
        give_back.enqueue(refund_id=str(event.subject_id))


def paid_by_stripe(refund: Transaction | None) -> Payment | None:
    if refund is None:
        return None
    came = Payment.transaction_id == refund.refund_of_id, Payment.method == "stripe", Payment.state == "paid"
    return db.session.scalars(db.select(Payment).where(*came, Payment.refund_of_id.is_(None))).first()


@every(seconds=300)
def find_owed() -> None:
    """What a lost queue or a killed worker left behind; as long as Stripe knows our key, so that it pays nothing twice."""
    asked = db.select(Payment.id).where(Payment.transaction_id == Transaction.id).exists()
    owed = db.select(Transaction).where(Transaction.kind == "refund", Transaction.state == "refunded", ~asked)
    young = Transaction.created_at > now() - KNOWN_FOR, Transaction.created_at < now() - PATIENCE
    for refund in db.session.scalars(owed.where(*young)).all():
        if paid_by_stripe(refund):
            give_back.enqueue(refund_id=str(refund.id))


@job()
def give_back(refund_id: str) -> None:
    """Ask Stripe to pay back; the refund's id is the key, so that a second try is the first one's answer."""
    refund = Transaction.find(id=UUID(refund_id))
    came = paid_by_stripe(refund)
    if came is None or Payment.first(transaction_id=refund.id, method="stripe"):
        return
    amount = charged(refund.total, refund.currency)
    made = ask(ShopSettings.here().secret("stripe_key"), lambda client: client.v1.refunds.create(
        {"payment_intent": client.v1.checkout.sessions.retrieve(str(came.external_id)).payment_intent, "amount": amount},
        options={"idempotency_key": refund_id},
    ))  # fmt: skip
    row = Payment(transaction_id=refund.id, refund_of_id=came.id, method="stripe", amount=refund.total,
                  currency=refund.currency, external_id=made.id).save()  # fmt: skip
    if made.status in STATES:
        row.settle(STATES[made.status])
