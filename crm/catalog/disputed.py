"""What a purchase's page and the timeline say of payments that are disputed."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..registry import panel
from ..timeline import Line, kinds, told
from .models import Transaction
from .money import shown
from .panels import by

NAMES = ("transaction.disputed", "transaction.dispute_lost", "transaction.dispute_won")
kinds["purchases"] = replace(kinds["purchases"], names=(*kinds["purchases"].names, *NAMES))
# Stripe's words for what the customer told the bank.
REASONS = {
    "fraudulent": _l("says that somebody else paid with their card"),
    "unrecognized": _l("does not know what the payment was for"),
    "product_not_received": _l("says that nothing arrived"),
    "product_unacceptable": _l("says that it is not what was promised"),
    "duplicate": _l("says that it was paid twice"),
    "credit_not_processed": _l("says that money should have gone back"),
    "subscription_canceled": _l("says that it was cancelled"),
}
STATES = {"lost": _l("lost: the money is gone"), "won": _l("won: the money is yours")}
CLOSED = {"warning_closed": _l("closed: nothing was taken back"), "prevented": _l("closed: nothing was taken back")}


@panel("transaction_alert")
def dispute_panel(transaction: Transaction) -> str | None:
    """Above the page: what wants an answer."""
    open = [one for one in vars(transaction).get("glimpsed", {}).get("disputes", ()) if one.ended_at is None]
    return render_template("catalog/_disputed.html", disputes=open, reasons=REASONS) if open else None


@panel("transaction")
def ended_panel(transaction: Transaction) -> str | None:
    """Beside it: how those ended that are over."""
    over = [one for one in vars(transaction).get("glimpsed", {}).get("disputes", ()) if one.ended_at]
    return render_template("catalog/_disputes.html", disputes=over, states={**STATES, **CLOSED}) if over else None


@told(*NAMES)
def tell_of_disputes(events: list[Any]) -> dict[UUID, Line]:
    return {event.id: by(line(event), event) for event in events}


def line(event: Any) -> Line:
    words = {"number": event.facts["number"], "sum": shown(event.facts["amount"], event.facts["currency"])}
    lines = {
        "disputed": ("alert-triangle", _("%(sum)s of purchase #%(number)s are disputed", **words), "warn"),
        "dispute_lost": ("circle-x", _("The dispute about %(sum)s of purchase #%(number)s was lost", **words), "warn"),
        "dispute_won": (
            "circle-check",
            _("The dispute about %(sum)s of purchase #%(number)s was won", **words),
            "good",
        ),
    }
    icon, sentence, tone = lines[event.name.partition(".")[2]]
    return Line(icon, sentence, tone=tone, link=f"/purchases/{words['number']}")
