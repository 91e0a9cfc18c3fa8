"""Words for what customers are."""

from flask_babel import gettext as _


def stage_words() -> list[tuple[str, str]]:
    """[(stage, word)] in their order."""
    return [
        ("lead", _("Lead")),
        ("prospect", _("Prospect")),
        ("customer", _("Customer")),
        ("former", _("Former customer")),
    ]
