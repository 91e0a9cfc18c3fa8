"""Memory: what everything that `bin/up` starts holds while nobody does anything, each shared page counted once."""

import time
from typing import Any

from .figures import options, say, show
from .stack import Stack, children, command, family, pss_kib, stack

PROGRAMS = {
    "gunicorn": "web",
    "worker.py": "worker",
    "postgres": "postgres",
    "valkey": "valkey",
    "sink.py": "sink",
    "shop.py": "shop",
}


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--wait", type=float, default=20, help="seconds of quiet before it is read")
    chosen = parser.parse_args()
    with stack(chosen.data, empty=False) as running:
        say(f"Waiting {chosen.wait:g} s…")
        time.sleep(chosen.wait)
        show(measure(running), chosen.json)


def measure(running: Stack) -> dict[str, Any]:
    """MiB of the whole and of each program with all its processes, and how many processes it has."""
    supervisor = running.process.pid
    found: dict[str, float] = {"supervisor": mib([supervisor])}
    counts = {}
    for child in children(supervisor):
        name = next((name for text, name in PROGRAMS.items() if text in command(child)), command(child))
        found[name], counts[name] = mib(family(child)), len(family(child))
    return {"idle_pss_mib": round(sum(found.values()), 1), **found, "processes": counts}


def mib(pids: list[int]) -> float:
    return round(sum(pss_kib(pid) for pid in pids) / 1024, 1)


if __name__ == "__main__":
    main()
