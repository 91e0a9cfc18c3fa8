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


def source_words() -> dict[str, str]:
    """How it is known what somebody allows."""
    said, ticked = _("They said so"), _("They ticked it in a form")
    return {"said": said, "form": ticked, "mail": _("They wrote so"), "import": _("It came with an import")}
