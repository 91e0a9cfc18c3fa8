"""Sockets: how many are held at once, what each costs, and how fast one message reaches a thousand of them."""

from typing import Any

from . import generator, sockets_load
from .figures import options, say, show
from .fill import OPEN, SLUG, WIDGET_KEY, fill
from .people import app_of, bearers, colleagues
from .stack import Stack, pss_kib, stack


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--sockets", type=int, default=10_000)
    parser.add_argument(
        "--viewers", type=int, default=1_000, help="of the sockets, those that look at one conversation"
    )
    parser.add_argument("--settle", type=float, default=15, help="seconds of quiet before the memory is read")
    parser.add_argument("--times", type=int, default=9, help="messages to all viewers; the median counts")
    parser.add_argument("--echoes", type=int, default=500)
    chosen = parser.parse_args()
    with stack(chosen.data) as running:
        fill(running, chosen.customers, chosen.messages)
        show(measure(running, chosen), chosen.json)


def measure(running: Stack, chosen: Any) -> dict[str, Any]:
    plan = spec(running, chosen)
    warm_up(running, plan)
    before = held_kib(running)
    say(f"Opening {chosen.sockets:,} sockets…")
    load = generator.start(sockets_load.hold, plan)
    assert load.stdout
    while (line := load.stdout.readline()) and "HELD" not in line:
        pass
    grown = held_kib(running) - before
    say("They are open; sending…")
    seen = generator.result(load)
    each = round(grown / seen["held"], 1)
    keys = ("held", "fanout_last_ms", "echo_p99_ms")
    first = {"held": seen["held"], "kib_each": each} | {name: seen[name] for name in keys[1:]}
    return first | {name: value for name, value in seen.items() if name not in keys}


def warm_up(running: Stack, plan: dict[str, Any]) -> None:
    """A few sockets and messages first: what a worker loads once is not the price of a socket."""
    few = {"sockets": 200, "viewers": 100, "times": 5, "echoes": 20, "settle": 1}
    generator.run(sockets_load.hold, plan | few)


def held_kib(running: Stack) -> int:
    return sum(pss_kib(pid) for pid in running.web_workers())


def spec(running: Stack, chosen: Any) -> dict[str, Any]:
    """Customer n's widget looks at conversation n; the viewers look at one that none of the widgets has."""
    app = app_of(running)
    staff = colleagues(app)
    idle = chosen.sockets - chosen.viewers
    return {
        "host": "127.0.0.1", "port": running.port, "slug": SLUG, "widget_key": WIDGET_KEY,
        "sockets": chosen.sockets, "viewers": chosen.viewers, "bearers": bearers(app, range(1, idle + 1)),
        "cookies": [one.headers()["Cookie"] for one in staff], "writer": staff[0].headers(), "watched": OPEN - 10,
        "settle": chosen.settle, "times": chosen.times, "echoes": chosen.echoes,
    }  # fmt: skip


if __name__ == "__main__":
    main()
