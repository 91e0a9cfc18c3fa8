"""Payments that customers dispute with their bank. Stripe tells that something happened, as often as it likes and in whatever
order; the worker asks how the dispute stands by now, and that alone counts."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ...db import now
from ...events import later
from ...jobs import every, job
from ..models import Dispute, Payment, ShopSettings, Transaction
from .stripe_checkout import counted, marked
from .stripe_jobs import as_told, asked

WHOLE, MOST = {"expand": ["payment_intent"]}, 100
LOOKED_AT = timedelta(days=90)


@later("stripe.disputed")
def look_at_dispute(event: Any) -> None:
    ask_of_dispute.enqueue(dispute_id=str(event.facts["dispute"]))


@every(seconds=6 * 3600)
def look_for_disputes() -> None:
    """Of which Stripe's word was lost."""
    if ShopSettings.here().stripe_key:
        ask_of_disputes.enqueue()


@job()
def ask_of_dispute(dispute_id: str) -> None:
    """Without a key there is nobody to ask: it was taken away since."""
    if ShopSettings.here().stripe_key:
        hear(asked(lambda client: client.v1.disputes.retrieve(dispute_id, WHOLE)))


@job()
def ask_of_disputes() -> None:
    if not ShopSettings.here().stripe_key:
        return
    since = int((now() - LOOKED_AT).timestamp())
    wanted = {"limit": MOST, "created": {"gte": since}, "expand": ["data.payment_intent"]}
    for dispute in asked(lambda client: client.v1.disputes.list(wanted)).data:
        hear(dispute)


def hear(dispute: Any) -> None:
    """One of the library's. Of a payment that is not ours it says nothing to us."""
    intent = dispute.payment_intent
    payment = marked({"metadata": as_told(intent.metadata)}) if hasattr(intent, "metadata") else None
    if payment is None:
        return
    purchase = Transaction.locked(id=payment.transaction_id)
    kept(payment, dispute).stands(purchase, str(dispute.status), is_out(dispute))


def kept(payment: Payment, dispute: Any) -> Dispute:
    """Its row. The sum is ours: of another currency than the payment's it is about the whole of it."""
    one = Dispute.first(external_id=dispute.id)
    if one is None:
        same = dispute.currency.upper() == payment.currency
        amount = counted(dispute.amount, payment.currency) if same else payment.amount
        one = Dispute(transaction_id=payment.transaction_id, payment_id=payment.id, external_id=dispute.id, status="",
                      amount=amount, currency=payment.currency, gone=0, of_surplus=0).save()  # fmt: skip
    due = getattr(dispute.evidence_details, "due_by", None) if dispute.evidence_details else None
    one.due_at = datetime.fromtimestamp(due, UTC) if due else None
    one.reason = str(dispute.reason)[:60]
    return one


def is_out(dispute: Any) -> bool:
    """Whether the money is away: what Stripe took for it, less what it gave back."""
    moved = [one.amount for one in dispute.balance_transactions or []]
    return sum(moved) < 0 and dispute.status != "won" if moved else dispute.status == "lost"
