"""Money that goes back, the newest first and each by the way it came. What a refund gives back, and what was too much.

A row of payments is written first and then sent, in the worker: its id is Stripe's key, so that however often it is tried,
it goes back once. One that failed may be tried again, as a row of its own.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from ...db import db
from ...events import later, record
from ..models import Dispute, Payment, Transaction
from .incoming import arrived, incoming
from .stripe_checkout import marked

STATES = {"succeeded": "paid", "failed": "failed", "canceled": "failed"}


@later("transaction.refunded")
def begin(event: Any) -> None:
    if event.subject is not None:
        purchase = locked_purchase(event.subject)
        if not Payment.of(event.subject) and incoming(purchase):
            allot(purchase, event.subject, event.subject.total - event.subject.credited)


def locked_purchase(transaction: Transaction) -> Transaction:
    """Itself, or the one that it refunds: whoever gives something back holds it."""
    return Transaction.locked(id=transaction.refund_of_id or transaction.id)


def allot(purchase: Transaction, to: Transaction, amount: int, by_hand: bool = False) -> None:
    """Give back `amount` of what came in for a locked purchase: because of the refund `to`, or of the purchase itself."""
    for came in reversed(arrived(purchase)):
        if came.currency == purchase.currency and amount:
            part = min(amount, max(0, came.amount - gone(came)))  # a bank may take what went back already
            send(to, came, part, "hand" if by_hand else came.method)
            amount -= part
    if amount and to.kind == "refund":  # what nobody wrote down when it came
        Payment(transaction_id=to.id, method="hand", amount=amount, currency=to.currency).save().settle("paid")


def gone(came: Payment) -> int:
    """How much of it went back, is on its way, or was taken back by a bank."""
    back = select(func.sum(Payment.amount)).where(Payment.refund_of_id == came.id, Payment.state != "failed")
    taken = select(func.sum(Dispute.gone)).where(Dispute.payment_id == came.id)
    return sum(int(db.session.scalar(query) or 0) for query in (back, taken))


def send(to: Transaction, came: Payment, amount: int, method: str) -> None:
    if amount <= 0:
        return
    row = Payment(transaction_id=to.id, refund_of_id=came.id, method="stripe" if method == "stripe" else "hand",
                  amount=amount, currency=came.currency).save()  # fmt: skip
    if row.method == "stripe":
        record("payment.owed", row)
    else:  # an employee does it
        row.settle("paid")


def stuck(transaction: Transaction) -> int:
    """How much is to go back and is not on its way: too much came in, or Stripe did not give it back."""
    if transaction.kind == "purchase":
        return transaction.surplus
    sent = Payment.of(transaction)
    wanted = transaction.total - transaction.credited
    return wanted - sum(one.amount for one in sent if one.state != "failed") if sent else 0


def give(transaction: Transaction, by_hand: bool) -> int:
    """Send what is stuck on its way, or write down that an employee gave it back; returns how much."""
    purchase = locked_purchase(transaction)
    amount = stuck(transaction)
    if transaction is purchase:
        purchase.surplus -= amount
    allot(purchase, transaction, amount, by_hand)
    return amount


def foreign(purchase: Transaction) -> list[tuple[Payment, int]]:
    """[(payment, how much of it is still here)] of what came in another currency than the purchase's: all of it is too much."""
    others = (one for one in arrived(purchase) if one.currency != purchase.currency)
    return [(one, left) for one in others if (left := one.amount - gone(one)) > 0]


def give_foreign(purchase: Transaction, payment_id: UUID, by_hand: bool) -> tuple[int, str]:
    """Give all of such a payment back; returns (amount, currency). Its purchase is locked. Nothing when nothing is left."""
    came = Payment.find(id=payment_id, transaction_id=purchase.id)
    amount = next((left for one, left in foreign(purchase) if one.id == came.id), 0)
    send(purchase, came, amount, "hand" if by_hand else came.method)
    return amount, came.currency


def hear_refund(refund: dict[str, Any]) -> bool:
    """What Stripe says of one; False for one that is not ours."""
    row = Payment.first(method="stripe", external_id=str(refund.get("id"))) or marked(refund)
    if row is None or row.refund_of_id is None:
        return False
    locked_purchase(row.transaction)
    note(Payment.locked(id=row.id), refund)
    return True


def note(row: Payment, refund: dict[str, Any]) -> None:
    """What failed stays so: it is tried again by another row."""
    if row.state == "failed" or row.external_id not in (None, refund["id"]):
        return
    row.external_id = refund["id"]
    end = STATES.get(str(refund.get("status")))
    if end == "failed":
        fail(row, str(refund.get("failure_reason") or refund.get("status")))
    elif end:
        row.settle(end)


def fail(row: Payment, problem: str) -> None:
    """The money is still here. Its purchase is locked."""
    if row.settle("failed", problem):
        transaction = row.transaction
        if transaction.is_owed and row.currency == transaction.currency:
            transaction.receive(row.amount)
        elif transaction.kind == "purchase" and row.currency == transaction.currency:
            transaction.surplus += row.amount
        transaction.tell("transaction.stuck", amount=row.amount, currency=row.currency)
