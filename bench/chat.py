"""Messages: how many are accepted a second, and how long one takes from the sender's POST to the other side's screen."""

from statistics import median
from typing import Any

from . import bare_figures, chat_load, generator
from .figures import options, say, show
from .fill import SLUG, TALKED_IN, WIDGET_KEY, fill
from .people import app_of, bearers, colleagues
from .stack import Stack, stack


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=100_000, help="messages that are there before")
    parser.add_argument("--conversations", type=int, default=TALKED_IN, help="talked in at once (at most 100)")
    parser.add_argument("--rate", type=float, default=50, help="messages a second while latency is measured")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3, help="how often saturation is measured; the median counts")
    chosen = parser.parse_args()
    with stack(chosen.data) as running:
        fill(running, chosen.customers, chosen.messages)
        show(measure(running, chosen), chosen.json)


def measure(running: Stack, chosen: Any) -> dict[str, Any]:
    say("Measuring the bare insert and the bare publish…")
    bare = {
        "bare_insert_per_s": bare_figures.inserts_per_s(running, 4),
        "bare_publish_p50_ms": bare_figures.publish_p50_ms(running),
    }
    say(
        f"Talking in {chosen.conversations} conversations at {chosen.rate:g} messages a second, then as fast as it goes…"
    )
    talking = spec(running, chosen)
    before = running.cpu()
    seen = generator.run(chat_load.talk, talking)
    after = running.cpu()
    best = median_round(seen["crowded"])
    messages = seen["messages"]
    return {
        "messages_per_s": best["accepted_per_s"],
        "p50_ms": seen["steady"]["p50_ms"],
        "p99_ms": seen["steady"]["p99_ms"],
        **bare,
        "steady": seen["steady"],
        "crowded": best,
        "cpu_ms_per_message": {name: round((after[name] - before[name]) * 1000 / messages, 2) for name in after},
        "generator_cpu_ms_per_message": round(seen["generator_cpu_s"] * 1000 / messages, 2),
    }


def median_round(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    middle = median(one["accepted_per_s"] for one in rounds)
    return min(rounds, key=lambda one: abs(one["accepted_per_s"] - middle))


def spec(running: Stack, chosen: Any) -> dict[str, Any]:
    """Who talks: conversation n is with customer n, and assigned to employee 1 + n % 20."""
    app = app_of(running)
    staff = colleagues(app)
    numbers = range(1, chosen.conversations + 1)
    talks = [
        {"number": number, "employee": staff[number % len(staff)].headers(), "bearer": bearer}
        for number, bearer in zip(numbers, bearers(app, numbers), strict=True)
    ]
    return {
        "host": "127.0.0.1", "port": running.port, "slug": SLUG, "widget_key": WIDGET_KEY, "talks": talks,
        "frames": [one.headers()["Cookie"] for one in staff], "senders": chosen.conversations,
        "rate": chosen.rate, "seconds": chosen.seconds, "rounds": chosen.rounds,
    }  # fmt: skip


if __name__ == "__main__":
    main()
