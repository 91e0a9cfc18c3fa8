"""What the timeline tells of money: a part that came in, what was too much, what did not go back."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from ..timeline import Line, kinds, told
from .money import shown
from .panels import by

NAMES = ("transaction.part_paid", "transaction.overpaid", "transaction.stuck")
kinds["purchases"] = replace(kinds["purchases"], names=(*kinds["purchases"].names, *NAMES))


@told(*NAMES)
def tell_of_money(events: list[Any]) -> dict[UUID, Line]:
    return {event.id: by(line(event), event) for event in events}


def line(event: Any) -> Line:
    number, currency = event.facts["number"], event.facts["currency"]
    words: dict[str, Any] = {"number": number, "sum": shown(event.facts["amount"], currency)}
    if event.name == "transaction.part_paid":
        words["left"] = shown(event.facts["left"], currency)
        made = Line("receipt", _("%(sum)s of purchase #%(number)s came in, %(left)s are left", **words))
    elif event.name == "transaction.overpaid":
        made = Line("alert-triangle", _("%(sum)s came in too much for purchase #%(number)s", **words), tone="warn")
    else:
        made = Line("alert-triangle", _("%(sum)s did not go back: #%(number)s", **words), tone="warn")
    return replace(made, link=f"/purchases/{number}")
