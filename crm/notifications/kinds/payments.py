"""What money tells: it came in though nobody waited for it, it did not go back, or its customer disputes it."""

from datetime import datetime
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ...accounts.models import Employee
from ...accounts.permissions import ROLES, permissions_of
from ...catalog.models import Transaction
from ...catalog.money import shown
from ...db import db
from ...events import Event, later
from ..telling import tell
from . import kind

WHO = [role for role in ROLES if "transactions.refund" in permissions_of(role)]


@kind("money_to_return", _l("Money is to be given back: too much came in, or it did not go back"), "arrow-back-up")
def say_money(told: Any) -> str:
    facts = told.facts
    words = {"sum": shown(facts["amount"], facts["currency"]), "number": facts["number"]}
    if facts.get("stuck"):
        return _("%(sum)s did not go back: #%(number)s", **words)
    return _("%(sum)s came in too much for purchase #%(number)s: give it back", **words)


@later("transaction.overpaid", "transaction.stuck")
def tell_who_may_return_it(event: Event) -> None:
    tell_all("money_to_return", event, stuck=event.name == "transaction.stuck")


@kind(
    "payment_disputed", _l("A customer disputes a payment with their bank, or such a dispute is over"), "alert-triangle"
)
def say_dispute(told: Any) -> str:
    facts = told.facts
    words = {"sum": shown(facts["amount"], facts["currency"]), "number": facts["number"]}
    if facts["how"] == "transaction.dispute_lost":
        return _("The dispute about %(sum)s of purchase #%(number)s was lost", **words)
    if facts["how"] == "transaction.dispute_won":
        return _("The dispute about %(sum)s of purchase #%(number)s was won", **words)
    if not facts["due"]:
        return _("%(sum)s of purchase #%(number)s are disputed: answer at Stripe", **words)
    day = format_date(datetime.fromisoformat(facts["due"]), "medium")
    return _("%(sum)s of purchase #%(number)s are disputed: answer by %(day)s", day=day, **words)


@later("transaction.disputed", "transaction.dispute_lost", "transaction.dispute_won")
def tell_who_may_answer(event: Event) -> None:
    tell_all("payment_disputed", event, how=event.name, due=event.facts["due"])


def tell_all(kind: str, event: Event, **more: Any) -> None:
    """All who may refund."""
    transaction: Transaction | None = event.subject
    if transaction is None:
        return
    facts = {name: event.facts[name] for name in ("amount", "currency", "number")}
    facts |= {"path": f"/purchases/{transaction.number}", **more}
    query = select(Employee.id).where(Employee.role.in_(WHO), Employee.deactivated_at.is_(None))
    for id in db.session.scalars(query).all():
        tell(kind, id, f"money:{event.id}", event.actor_id, **facts)
