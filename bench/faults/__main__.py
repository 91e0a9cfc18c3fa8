"""Break one part after the other while two businesses talk, and count what was lost."""

import os
import sys
import traceback
from typing import Any

from ..figures import options, say, show
from . import backup, clock, jobs, network, peers, postgres, process, redis, rolling  # noqa: F401  (register their faults)
from .faults import FAULTS
from .trial import tried


def main() -> None:
    parser = options(__doc__)
    parser.add_argument(
        "--fault", action="append", choices=sorted(FAULTS), metavar="NAME", help="only this; repeatable"
    )
    parser.add_argument("--seed", type=int, default=1, help="chooses the moment, the victims and what is said")
    parser.add_argument("--seconds", type=float, default=20, help="how long people talk around the fault")
    parser.add_argument("--list", action="store_true", help="only name the faults")
    chosen = parser.parse_args()
    if chosen.list:
        return print("\n".join(FAULTS))
    results = {name: attempt(name, chosen.seed, chosen.seconds) for name in chosen.fault or FAULTS}
    show(results, chosen.json)
    sys.exit(1 if any(one.get("broken") for one in results.values()) else 0)


def attempt(name: str, seed: int, seconds: float) -> dict[str, Any]:
    """A bench that stumbles over a fault has not shown that it is harmless."""
    try:
        result = {"seed": seed, **tried(FAULTS[name], seed, seconds), "load": round(os.getloadavg()[0], 1)}
    except Exception as problem:
        traceback.print_exc()
        result = {"seed": seed, "broken": [f"the bench itself: {problem}"]}
    say(f"{name}: {line(result)}")
    return result


def line(result: dict[str, Any]) -> str:
    if result.get("tried") is False:
        return f"not tried: {result['why']}"
    facts = f"{result.get('acked', 0)} acked, settled p99 {result.get('settle_p99_s')} s, load {result.get('load')}"
    why = [*result["broken"], *(f"{count} x {what}" for what, count in result.get("errors", {}).items())]
    return f"BROKEN {facts}: {'; '.join(why)}" if result["broken"] else f"kept, {facts}"


if __name__ == "__main__":
    main()
