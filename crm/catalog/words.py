"""What things are called on pages."""

from typing import Any

from flask_babel import lazy_gettext as _l

KIND_WORDS = {"purchase": _l("Purchase"), "refund": _l("Refund")}
SOURCE_WORDS = {
    "employee": _l("Entered"),
    "portal": _l("Portal"),
    "import": _l("Import"),
    "api": _l("Another program"),
}
WAY_WORDS = {"hand": _l("Seen by an employee"), "account": _l("On account"), "stripe": _l("Stripe")}
STATE_WORDS = {
    "draft": _l("Draft"),
    "placed": _l("Placed"),
    "paid": _l("Paid"),
    "fulfilled": _l("Fulfilled"),
    "refunded": _l("Refunded"),
    "cancelled": _l("Cancelled"),
}


def state_word(kind: str, state: str, credited: int | None, paid_at: Any) -> Any:
    """How a purchase or a refund stands."""
    if kind == "refund":
        return _l("Credit note") if credited else _l("Refund")
    return _l("Credited") if state == "refunded" and credited and not paid_at else STATE_WORDS[state]
