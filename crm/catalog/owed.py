"""What a purchase's page says of money: what came in and what is to come, what is to go back, and what to do."""

from typing import Any

from flask import render_template
from flask_babel import gettext as _
from flask_login import current_user

from ..db import uuid7
from ..forms import filled
from ..registry import panel
from .models import Payment, Transaction
from .money import in_field, shown
from .payments.back import foreign, stuck
from .payments.incoming import incoming


@panel("transaction_alert")
def money_panel(transaction: Transaction) -> str | None:
    """Above the page: money that is to go back and is not on its way."""
    parts: list[tuple[str, bool, Any]] = []
    if amount := stuck(transaction):
        parts.append((why(transaction, shown(amount, transaction.currency)), server_of(transaction), None))
    for payment, amount in foreign(transaction) if transaction.kind == "purchase" else ():
        title = _("%(amount)s came in another currency: give it back", amount=shown(amount, payment.currency))
        parts.append((title, payment.method == "stripe", payment.id))
    return render_template("catalog/_stuck.html", transaction=transaction, parts=parts) if parts else None


def why(transaction: Transaction, amount: str) -> str:
    if transaction.kind == "refund":
        return _("%(amount)s did not go back", amount=amount)
    if transaction.state == "cancelled":
        return _("%(amount)s came in for what was cancelled: give it back", amount=amount)
    if transaction.surplus >= transaction.total:
        return _("Paid twice: give %(amount)s back", amount=amount)
    return _("%(amount)s came in more than it costs: give it back", amount=amount)


def server_of(transaction: Transaction) -> bool:
    """Whether Stripe gives it back when it is asked; else an employee does."""
    purchase = Transaction.find(id=transaction.refund_of_id) if transaction.refund_of_id else transaction
    return any(one.method == "stripe" and one.state == "paid" for one in incoming(purchase))


@panel("transaction")
def payments_panel(transaction: Transaction) -> str | None:
    """Beside the page: each payment, and the form for what came in."""
    payments, may_edit = Payment.of(transaction), current_user.may("transactions.edit")
    takes = may_edit and transaction.kind == "purchase" and transaction.state != "draft"
    if not payments and not takes:
        return None
    invoiced = any(one.method == "account" and one.state == "open" for one in payments)
    customer = transaction.customer
    invoice = takes and transaction.is_owed and not invoiced and customer is not None and customer.contact_email
    form = filled(amount=in_field(transaction.balance or None, transaction.currency), key=str(uuid7()))
    shown: dict[str, Any] = {"payments": payments, "takes": takes, "may_invoice": invoice, "form": form}
    return render_template("catalog/_payments.html", purchase=transaction, **shown)


def came(purchase: Transaction) -> str:
    """What is said when an employee wrote down what came in."""
    if purchase.is_owed:
        return _("Kept. %(sum)s are still to come in.", sum=shown(purchase.balance, purchase.currency))
    return (
        _("Kept. More came in than it costs: give it back.") if purchase.surplus else _("Paid. Its receipt is there.")
    )
