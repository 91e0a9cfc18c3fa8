"""What money tells: it came in though nobody waited for it, or it did not go back."""

from typing import Any

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
    """All who may refund."""
    transaction: Transaction | None = event.subject
    if transaction is None:
        return
    facts = {name: event.facts[name] for name in ("amount", "currency", "number")}
    facts |= {"path": f"/purchases/{transaction.number}", "stuck": event.name == "transaction.stuck"}
    query = select(Employee.id).where(Employee.role.in_(WHO), Employee.deactivated_at.is_(None))
    for id in db.session.scalars(query).all():
        tell("money_to_return", id, f"money:{event.id}", event.actor_id, **facts)
