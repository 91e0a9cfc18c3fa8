"""Pages: how many a second beside the plainest page there can be, how long the slow ones take, and their SQL statements."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

import psycopg
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from crm.ops.boot import answers
from crm.ops.folder import free_port
from crm.ops.programs import HERE, ROOT

from . import generator, pages_load
from .figures import options, say, show
from .fill import FIRST_TICKET, OPEN, SLUG, fill
from .people import app_of, colleagues
from .stack import Stack, cpu_seconds, stack
from .words import SEARCHED

FURTHER = ("", "&sort=name", "&g=1&f=custom.points&o=from&v=900", "&sort=-custom.points")
KNOWN = (
    "anna",
    "theo mann",
    "firm77.test",
    "customer4711@example.test",
    "030 1 004 711",
    "gra",
    "Olga Meier",
    "fatima b",
)
PAGES: dict[str, str | list[str]] = {
    "inbox": f"/{SLUG}/inbox",
    "customers": f"/{SLUG}/customers",
    "conversation": f"/{SLUG}/conversations/{OPEN - 50}",
    "tickets": f"/{SLUG}/tickets",
    "ticket": f"/{SLUG}/tickets/{FIRST_TICKET}",
    "search": [f"/{SLUG}/search?q={quote(words)}" for words in SEARCHED],
    "filtered": [f"/{SLUG}/customers?g=0&f=custom.tier&o=is&v=Gold{more}" for more in FURTHER],
    "customer": [f"/{SLUG}/customers/{{{number}}}" for number in range(20)],  # those who were talked with
    "everywhere": [f"/{SLUG}/search?q={quote(words)}" for words in KNOWN],
}
READERS = 8


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=0, help="on customers' pages, besides those of conversations")
    parser.add_argument("--seconds", type=float, default=5, help="for each page and round")
    parser.add_argument("--readers", type=int, default=READERS, help="who read at the same time")
    parser.add_argument("--rounds", type=int, default=3, help="the median counts")
    chosen = parser.parse_args()
    with stack(chosen.data) as running:
        fill(running, chosen.customers, chosen.messages, chosen.events)
        show(measure(running, chosen), chosen.json)


def measure(running: Stack, chosen: Any) -> dict[str, Any]:
    app = app_of(running)
    people = [one.headers() for one in colleagues(app)]
    say("Measuring pages…")
    ids = known(running)
    pages = {name: [path.format(*ids) for path in paths_of(some)] for name, some in PAGES.items()}
    rounds = [one_round(running, people, chosen, pages) for _ in range(chosen.rounds)]
    bare = middle(rounds, "bare")
    result: dict[str, Any] = {"bare_rps": bare["rps"]}
    for name, paths in pages.items():
        seen = middle(rounds, name)
        ratio = median(one[name]["rps"] / one["bare"]["rps"] for one in rounds)
        result[name] = {"rps": seen["rps"], "ratio": round(ratio, 3), "p95_ms": seen["p95_ms"]}
        result[name] |= {
            "statements": statements(app, paths[0], people[0]),
            "p50_ms": seen["p50_ms"],
            "cpu_ms": seen["cpu_ms"],
        }
        result[name]["cpu_ratio"] = round(bare["web_cpu_ms"] / seen["cpu_ms"], 3)
    return result | {
        "bare_p95_ms": bare["p95_ms"],
        "bare_cpu_ms": bare["cpu_ms"],
        "data": chosen.messages,
        "readers": chosen.readers,
    }


def middle(rounds: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The round of this page whose throughput is the median."""
    ordered = sorted((one[name] for one in rounds), key=lambda seen: seen["rps"])
    return ordered[len(ordered) // 2]


def one_round(running: Stack, people: list[dict[str, str]], chosen: Any, pages: dict[str, list[str]]) -> dict[str, Any]:
    """The bare page first and the product's after it, so that both meet the same machine."""
    with bare_server() as (port, pid):
        seen = {"bare": measured(["/"], port, [{}], chosen, [pid])}
    parts = [running.pid("gunicorn"), running.pid("postgres")]
    for name, paths in pages.items():
        seen[name] = measured(paths, running.port, people, chosen, parts)
    return seen


def measured(paths: list[str], port: int, people: list[dict[str, str]], chosen: Any, pids: list[int]) -> dict[str, Any]:
    """What the readers saw, and the processor time that the servers `pids` (the web server first) spent on each page."""
    spec = {"host": "127.0.0.1", "port": port, "paths": paths, "people": people, "readers": chosen.readers}
    generator.run(pages_load.read, spec | {"seconds": 0.7})
    before = [cpu_seconds(pid) for pid in pids]
    seen = generator.run(pages_load.read, spec | {"seconds": chosen.seconds})
    spent = [(cpu_seconds(pid) - was) * 1000 / seen["count"] for pid, was in zip(pids, before, strict=True)]
    if seen["wrong"]:
        sys.exit(f"{paths[0]} was refused {seen['wrong']} times.")
    return seen | {"cpu_ms": round(sum(spent), 3), "web_cpu_ms": spent[0]}


def paths_of(path: str | list[str]) -> list[str]:
    return [path] if isinstance(path, str) else path


def known(running: Stack) -> list[str]:
    """The ids of twenty customers who were talked with much."""
    query = "SELECT customer_id FROM conversations WHERE number BETWEEN %s AND %s ORDER BY number"
    with psycopg.connect(running.postgres.url("superuser")) as connection:
        return [str(id) for (id,) in connection.execute(query, (OPEN - 99, OPEN - 80))]


@contextmanager
def bare_server() -> Iterator[tuple[int, int]]:
    """(port, process id) of bench.bare behind the product's gunicorn settings."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("gunicorn")), "-c", str(HERE / "gunicorn.conf.py"), "bench.bare:app"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"BIND": f"127.0.0.1:{port}"})
    try:
        while not answers(f"http://127.0.0.1:{port}/"):
            process.poll() is None or sys.exit("The bare server did not start.")
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def statements(app: Flask, path: str, headers: dict[str, str]) -> int:
    """How many SQL statements the page sends, `BEGIN` and `SET LOCAL` among them (the COMMIT at the end is not)."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.extend(part for part in statement.split(";") if part.strip())

    client = app.test_client(use_cookies=False)
    client.get(path, headers=headers)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert client.get(path, headers=headers).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return len(sent)


if __name__ == "__main__":
    main()
