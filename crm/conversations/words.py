"""The system's lines in a thread, worded for whoever reads them."""

from typing import Any

from flask_babel import gettext as _

from .models import Message


def system_line(message: Message, audience: str = "staff") -> str:
    """The sentence of a message of kind system, from its facts, for employees or for the customer."""
    facts: dict[str, Any] = message.facts or {}
    name = facts.get("name", "")
    event = facts.get("event")
    if event == "closed":
        if facts.get("by") == "customer" and audience == "customer":
            return _("You ended the conversation.")
        if facts.get("by") == "customer":
            return _("%(name)s ended the conversation.", name=name or _("The customer"))
        return _("%(name)s closed the conversation.", name=name)
    lines = {
        "accepted": _("%(name)s joined the conversation.", name=name),
        "transferred": _("%(name)s took over.", name=name),
        "handed": _("Handed over to %(name)s.", name=name),
        "put_back": _("Waiting for somebody else to take over."),
        "reopened": _("The conversation was reopened."),
        "left_message": _("You want the answer by e-mail.")
        if audience == "customer"
        else _("Wants the answer by e-mail: nobody was there."),
    }
    return lines.get(event or "", "")
