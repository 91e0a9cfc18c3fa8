"""How long after the fault was healed a message was on everybody's screen."""

from typing import Any

AROUND = 10.0  # seconds after healing in which what is sent still counts


def samples(crew: Any) -> tuple[list[float], list[float]]:
    """Seconds from healing (or from the answer, when that came later) to each page that shows it; and to the answer.

    Only messages sent from a second before the fault until a little after it was healed; for a page that never
    showed it the patience of the whole run stands in.
    """
    broken, healed = crew.moments["broken"], crew.moments["healed"]
    hit = [one for one in crew.messages if one.acked_at and broken - 1 <= one.sent_at <= healed + AROUND]
    pages: dict[str, list[Any]] = {}
    for view in crew.views:
        pages.setdefault(view.conversation, []).append(view)
    seen = [
        round(max(0.0, view.first_saw.get(message.id, message.acked_at + crew.spec["patience"]) - since), 3)
        for message in hit
        for since in [max(healed, message.acked_at)]
        for view in pages[message.view.conversation]
        if view.person.staff or message.kind != "note"
    ]
    return seen, [round(max(0.0, one.acked_at - max(healed, one.sent_at)), 3) for one in hit]
