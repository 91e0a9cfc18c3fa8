"""How long after the fault was healed a message was on everybody's screen."""

from dataclasses import asdict, dataclass
from typing import Any

AROUND = 10.0  # seconds after healing in which what is sent still counts


@dataclass
class Sight:
    """A message on a page that should show it; moments in seconds after healing."""

    reader: str
    sent: float
    acked: float
    seen: float

    @property
    def late(self) -> float:
        """Since healing, or since the answer when that came later."""
        return max(0.0, self.seen - max(0.0, self.acked))


def sights(crew: Any) -> list[Sight]:
    """Of messages sent from a second before the fault until a little after it was healed.

    For a page that never showed it the patience of the whole run stands in.
    """
    broken, healed = crew.moments["broken"], crew.moments["healed"]
    pages: dict[str, list[Any]] = {}
    for view in crew.views:
        pages.setdefault(view.conversation, []).append(view)
    return [
        Sight("employee" if view.person.staff else "visitor", round(one.sent_at - healed, 3),
              round(one.acked_at - healed, 3),
              round(view.first_saw.get(one.id, one.acked_at + crew.spec["patience"]) - healed, 3))
        for one in crew.messages
        if one.acked_at and broken - 1 <= one.sent_at <= healed + AROUND
        for view in pages[one.view.conversation]
        if view.person.staff or one.kind != "note"
    ]  # fmt: skip


def told(crew: Any) -> dict[str, Any]:
    """All of them, the slowest ones in full."""
    found = sights(crew)
    slowest = sorted(found, key=lambda sight: -sight.late)[:3]
    return {
        "settle_s": [round(sight.late, 3) for sight in found],
        "answer_s": [round(max(0.0, sight.acked - max(0.0, sight.sent)), 3) for sight in found],
        "slowest": [asdict(sight) for sight in slowest if sight.late > 1],
    }
