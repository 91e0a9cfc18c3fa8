"""What things are called on pages."""

from flask_babel import lazy_gettext as _l

STATE_WORDS = {
    "draft": _l("Draft"),
    "placed": _l("Placed"),
    "paid": _l("Paid"),
    "fulfilled": _l("Fulfilled"),
    "refunded": _l("Refunded"),
    "cancelled": _l("Cancelled"),
}
