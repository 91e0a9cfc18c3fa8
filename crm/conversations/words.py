"""The system's lines in a thread, worded for whoever reads them."""

from typing import Any

from flask_babel import gettext as _

from .models import Message


def system_line(message: Message, audience: str = "staff") -> str:
    """The sentence of a message of kind system, from its facts, for employees or for the customer."""
    facts: dict[str, Any] = message.facts or {}
    name, event = facts.get("name") or _("Somebody"), facts.get("event")
    if event == "closed":
        if facts.get("by") == "customer" and audience == "customer":
            return _("You ended the conversation.")
        if facts.get("by") == "customer":
            return _("%(name)s ended the conversation.", name=facts.get("name") or _("The customer"))
        return _("%(name)s closed the conversation.", name=name)
    lines = {
        "accepted": _("%(name)s joined the conversation.", name=name),
        "transferred": _("%(name)s took over.", name=name),
        "handed": _("Handed over to %(name)s.", name=name),
        "put_back": _("Waiting for somebody else to take over."),
        "escalated": _("It waits too long: %(name)s was told.", name=name),
        "reopened": _("The conversation was reopened."),
        "erased": _("Closed, because the customer was erased."),
        "left_message": _("You want the answer by e-mail.")
        if audience == "customer"
        else _("Wants the answer by e-mail: nobody was there."),
    }
    return lines.get(event or "", "")


def call_line(message: Message, audience: str = "staff") -> str:
    """The sentence of a call's line, for employees or for the customer."""
    facts: dict[str, Any] = message.facts or {}
    name, outcome = facts.get("name") or "", facts.get("outcome") or facts.get("state") or ""
    mine, ours = audience == "customer", facts.get("direction") == "out"
    lines = (your_calls() if ours else your_own_calls()) if mine else our_calls(name) if ours else their_calls(name)
    return lines.get(outcome, lines["missed"])


def their_calls(name: str) -> dict[str, str]:
    return {
        "ringing": _("Incoming call"),
        "answered": _("Incoming call, answered by %(name)s", name=name) if name else _("Incoming call, answered"),
        "missed": _("Missed call"),
        "busy": _("Missed call: the line was busy"),
        "voicemail": _("Missed call with a message on the answering machine"),
        "failed": _("A call that did not come through"),
    }


def our_calls(name: str) -> dict[str, str]:
    return {
        "ringing": _("%(name)s is calling", name=name) if name else _("Outgoing call"),
        "answered": _("%(name)s called", name=name) if name else _("Outgoing call"),
        "missed": _("%(name)s called and reached nobody", name=name)
        if name
        else _("Outgoing call that reached nobody"),
        "busy": _("Outgoing call: the line was busy"),
        "voicemail": _("Outgoing call with a message on the answering machine"),
        "failed": _("Outgoing call that did not come through"),
    }


def your_own_calls() -> dict[str, str]:
    return {
        "answered": _("You called us."),
        "ringing": _("You are calling us."),
        "missed": _("You called and did not reach us."),
    }


def your_calls() -> dict[str, str]:
    return {
        "answered": _("We called you."),
        "ringing": _("We are calling you."),
        "missed": _("We called and did not reach you."),
    }
