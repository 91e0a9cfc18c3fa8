"""Money that comes in, by whatever way: how much of a purchase is paid, and what is asked for no longer."""

from uuid import UUID

from flask_babel import gettext as _

from ...db import uuid7
from ...web import Refused
from ..models import Payment, Transaction


def incoming(purchase: Transaction) -> list[Payment]:
    return [payment for payment in Payment.of(purchase) if payment.refund_of_id is None]


def arrived(purchase: Transaction) -> list[Payment]:
    """What is there, in the order in which it came."""
    there = [payment for payment in incoming(purchase) if payment.state == "paid"]
    return sorted(there, key=lambda payment: payment.settled_at or payment.created_at)


def settle(purchase: Transaction, payment: Payment) -> None:
    """The money of a payment is there. Both are locked."""
    if payment.settle("paid"):
        purchase.receive(payment.amount)
        end_open(purchase)


def end_open(purchase: Transaction) -> None:
    """What was asked for is not right any more; an invoice is, for what is left. Whoever pays it all the same pays too much."""
    for payment in incoming(purchase):
        if payment.state == "open" and purchase.is_owed and payment.method == "account":
            payment.amount = purchase.balance
        elif payment.state == "open":
            payment.settle("failed")


def by_hand(purchase: Transaction, amount: int | None = None, key: UUID | None = None) -> None:
    """An employee saw money come in: all that is owed, or `amount`, once for each key. Raises Refused when nothing is owed."""
    if amount is None:
        if purchase.paid_at:
            return
        purchase.guard_owed()
        amount = purchase.balance
    elif purchase.kind != "purchase" or purchase.state == "draft":
        raise Refused(_("Only what was placed can be paid."))
    mark = f"{purchase.id}:{key}" if key else None
    if mark is None or Payment.first(external_id=mark) is None:
        settle(purchase, seen(purchase, amount, mark))


def seen(purchase: Transaction, amount: int, mark: str | None) -> Payment:
    """What an employee saw: of an open invoice, which is the less by it, else for itself."""
    invoice = Payment.first(transaction_id=purchase.id, method="account", state="open")
    row = invoice
    if invoice is None or amount < purchase.balance:
        row = Payment(id=uuid7(), transaction_id=purchase.id, method="account" if invoice else "hand",
                      currency=purchase.currency).save()  # fmt: skip
    assert row
    row.amount, row.external_id = amount, mark
    return row
