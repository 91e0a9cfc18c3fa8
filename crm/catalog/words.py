"""What things are called on pages."""

from flask_babel import lazy_gettext as _l

KIND_WORDS = {"purchase": _l("Purchase"), "refund": _l("Refund")}
SOURCE_WORDS = {
    "employee": _l("Entered"),
    "portal": _l("Portal"),
    "import": _l("Import"),
    "api": _l("Another program"),
}
WAY_WORDS = {"hand": _l("Seen by an employee"), "account": _l("On account"), "stripe": _l("Stripe")}
LOST = _l("Taken back by the bank")  # instead of "Refunded", where a dispute was lost
STATE_WORDS = {
    "draft": _l("Draft"),
    "placed": _l("Placed"),
    "paid": _l("Paid"),
    "fulfilled": _l("Fulfilled"),
    "refunded": _l("Refunded"),
    "cancelled": _l("Cancelled"),
}
