"""Too much of something: one visitor who writes without end, sockets that never read, everybody coming back at once."""

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

from . import chat, generator, overload_load
from .figures import options, say, show
from .fill import OPEN, TALKED_IN, fill
from .people import app_of, bearers
from .stack import Stack, pss_kib, stack

WRITER = TALKED_IN + 1  # a customer whose conversation nobody measures
POOL = 15  # connections that a process may hold: DATABASE_POOL and five more
READY = "READY"


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--conversations", type=int, default=40, help="talked in while one visitor writes too much")
    parser.add_argument("--rate", type=float, default=20, help="messages a second of all the others")
    parser.add_argument("--flood", type=float, default=500, help="messages a second of the one")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3, help="without and with the one, in turn; the medians count")
    parser.add_argument("--sockets", type=int, default=500)
    parser.add_argument("--lazy", type=int, default=5, help="of the sockets, those that never read")
    parser.add_argument("--returning", type=int, default=2_000, help="sockets that reconnect at once")
    parser.add_argument("--only", choices=["writer", "lazy", "return"])
    chosen = parser.parse_args()
    parts: dict[str, Callable[[Stack, Any], dict[str, Any]]] = {"writer": writer, "lazy": lazy, "return": returning}
    with stack(chosen.data) as running:
        fill(running, chosen.customers, chosen.messages)
        found = {name: part(running, chosen) for name, part in parts.items() if chosen.only in (None, name)}
        show(found, chosen.json)


# -- one visitor who writes without end


def writer(running: Stack, chosen: Any) -> dict[str, Any]:
    plan = chat.spec(running, chosen)
    flood = plan | {
        "flood": chosen.flood,
        "number": WRITER,
        "bearer": bearers(app_of(running), range(WRITER, WRITER + 1))[0],
    }
    alone, beside, floods = [], [], []
    for turn in range(chosen.rounds):
        say(f"Round {turn + 1}: the others alone, then beside one who sends {chosen.flood:g} messages a second…")
        alone.append(generator.run(overload_load.others, plan))
        flooding = generator.start(overload_load.flood, flood)
        beside.append(generator.run(overload_load.others, plan))
        floods.append(generator.result(flooding))
    before, after = (median(one["p99_ms"] for one in rounds) for rounds in (alone, beside))
    return {
        "p99_alone_ms": before, "p99_beside_ms": after, "rise_percent": round(100 * (after / before - 1), 1),
        "p50_alone_ms": median(one["p50_ms"] for one in alone), "p50_beside_ms": median(one["p50_ms"] for one in beside),
        "missing": sum(one["missing"] for one in [*alone, *beside]),
        "refused": sum(one["refused"] for one in [*alone, *beside]),
        "flood": floods,
    }  # fmt: skip


# -- sockets that never read


def lazy(running: Stack, chosen: Any) -> dict[str, Any]:
    plan = chat.spec(running, chosen) | {"watched": OPEN - 10, "sockets": chosen.sockets, "lazy": chosen.lazy}
    say(f"{chosen.sockets} sockets, {chosen.lazy} of which never read…")
    load = generator.start(overload_load.never_read, plan)
    before = peak = 0
    assert load.stdout
    while READY not in load.stdout.readline():
        pass
    before = held_kib(running)
    watch = Watch(lambda: held_kib(running), 0.5)
    seen = generator.result(load)
    peak = max(watch.stop(), default=before)
    return seen | {"server_grew_kib_each": round(max(0, peak - before) / chosen.lazy, 1)}


def held_kib(running: Stack) -> int:
    return sum(pss_kib(pid) for pid in running.web_workers())


# -- everybody comes back at once


def returning(running: Stack, chosen: Any) -> dict[str, Any]:
    numbers = range(1, chosen.returning + 1)
    plan = chat.spec(running, chosen) | {"bearers": bearers(app_of(running), numbers), "rounds": chosen.rounds}
    say(f"{chosen.returning} sockets close and come back at once…")
    before, watch = running.cpu(), Watch(lambda: connections(running), 0.1)
    seen = generator.run(overload_load.come_back, plan)
    most, after = max(watch.stop()), running.cpu()
    spent = {name: round((after[name] - before[name]) * 1000 / seen["opened"], 2) for name in ("web", "postgres")}
    return seen | {"cpu_ms_per_socket": spent, "connections_of_a_process": most, "pool_of_a_process": POOL}


def connections(running: Stack) -> int:
    """The most that one web process has open to the database, now."""
    port = f":{running.ports['postgres']:04X}"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = {row[9] for row in rows if row[2].endswith(port) and row[3] == "01"}
    return max(len(ours & set(inodes(pid))) for pid in running.web_workers())


def inodes(pid: int) -> list[str]:
    """The numbers of the process's sockets, as the kernel's table has them."""
    names = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            names.append(str(descriptor.readlink()))
    return [name[8:-1] for name in names if name.startswith("socket:[")]


class Watch:
    """Asks again and again until it is stopped; `stop` returns everything seen."""

    def __init__(self, ask: Callable[[], int], pause: float):
        self.ask, self.pause = ask, pause
        self.seen: list[int] = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        while not self.ended.wait(self.pause):
            self.seen.append(self.ask())

    def stop(self) -> list[int]:
        self.ended.set()
        self.thread.join()
        return self.seen


if __name__ == "__main__":
    main()
