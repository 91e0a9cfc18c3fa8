"""One fault, tried once: people talk, something breaks at a seeded moment and heals, everybody settles, all is counted."""

import time
from collections import Counter
from typing import Any

from ..figures import percentile, say
from . import around, invariants
from .crew import Crew
from .faults import Fault
from .house import House, house, spec_of

AFTER = 6.0  # seconds of talk after healing
PATIENCE = 60.0
RATE = 20.0
NONE_OF = ("lost", "duplicated", "out_of_order", "unseen_after_settle", "foreign_canaries", "unhandled_errors",
           "unanswered", "invented", "miscounted", "notes_at_customers", "outbox", "mails_waiting", "mails_twice",
           "mails_lost", "mails_unknown", "refused", "grown")  # fmt: skip


def tried(fault: Fault, seed: int, seconds: float) -> dict[str, Any]:
    """The fault's member of the result."""
    why = fault.why_not()
    if why:
        return {"tried": False, "why": why}
    with house(seed, seconds, fault.house) as found:
        seen, before = talk(fault, found)
        said(fault, "counting")
        result = summed(fault, seen, invariants.talked(found), around.all_of_it(found, before))
        result["broken"] += found.failures
        return result | ({"notes": found.notes} if found.notes else {})


def talk(fault: Fault, found: House) -> tuple[dict[str, Any], list[dict[str, int]]]:
    crew = Crew(spec_of(found, RATE, PATIENCE), found.namespace)
    try:
        crew.wait_until_ready()
        before, began = around.held(found), time.monotonic()
        wait(fault, crew, "talking", found.seconds * found.random.uniform(0.25, 0.4))
        crew.tell("broken")
        said(fault, "breaking", crew)
        fault.break_and_heal(found)
        crew.tell("healed")
        wait(fault, crew, "healed", max(AFTER, began + found.seconds - time.monotonic()))
        crew.tell("stop")
        return crew.finish(PATIENCE + 60), before
    finally:
        crew.end()


def wait(fault: Fault, crew: Crew, phase: str, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        said(fault, phase, crew)
        time.sleep(min(left, 5.0))


def said(fault: Fault, phase: str, crew: Crew | None = None) -> None:
    facts = f", {crew.progress['acked']} acked, {crew.progress['waiting']} waiting" if crew else ""
    say(f"{fault.name}: {phase}{facts}")


def summed(fault: Fault, seen: dict[str, Any], talked: dict[str, int], around: dict[str, Any]) -> dict[str, Any]:
    errors = Counter([*around.pop("defects"), *(f"bare 5xx: {where}" for where in seen["broken"])])
    leaks = [*seen["leaks"], *around.pop("foreign")]
    result: dict[str, Any] = {
        **{name: talked.pop(name) for name in ("acked", "lost", "duplicated", "out_of_order", "unseen_after_settle")},
        "settle_p99_s": round(percentile(seen["settle_s"], 0.99), 2) if seen["settle_s"] else None,
        "foreign_canaries": len(leaks),
        "unhandled_errors": sum(errors.values()),
        "answer_p99_s": round(percentile(seen["answer_s"], 0.99), 2) if seen["answer_s"] else None,
        "unanswered": seen["waiting"],
        "refused": len(seen["refused"]),
        "refusals": dict(Counter(seen["refused"])),
        **talked,
        **around,
        **{
            name: seen[name]
            for name in ("sent", "slowest", "tried_again", "repeated", "changed", "invited", "statuses", "closed")
        },
        "errors": dict(errors.most_common(8)),
        "leaks": leaks[:8],
    }
    return result | {"broken": broken(fault, result)}


def broken(fault: Fault, result: dict[str, Any]) -> list[str]:
    """The promises that were not kept."""
    found = [name for name in NONE_OF if result.get(name)]
    late = result["settle_p99_s"] is not None and result["settle_p99_s"] > fault.settles
    return found + [f"settled after {result['settle_p99_s']} s, not {fault.settles:g}"] * late
