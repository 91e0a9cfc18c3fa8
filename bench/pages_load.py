"""Readers: each loads the same pages again and again over one kept-alive connection, now for one person, now for another."""

import time
from itertools import cycle
from typing import Any

import gevent

from .figures import milliseconds, percentile
from .wire import Http, get


def read(spec: dict[str, Any]) -> dict[str, Any]:
    """Closed loop: `readers` ask for one of `paths` after the other as soon as they have the last answer, for `seconds`."""
    spent: list[float] = []
    wrong: list[int] = []
    host, people = f"{spec['host']}:{spec['port']}", spec["people"]
    requests = [get(path, host, people[(number + turn) % len(people)])
                for turn in range(len(people)) for number, path in enumerate(spec["paths"])]  # fmt: skip
    began = time.perf_counter()
    until = began + spec["seconds"]

    def reader(number: int) -> None:
        first = number * len(requests) // spec["readers"]
        http, asking = Http((spec["host"], spec["port"])), cycle(requests[first:] + requests[:first])
        while (asked := time.perf_counter()) < until:
            answer = http.ask(next(asking))
            spent.append(time.perf_counter() - asked)
            if answer.status != 200:
                wrong.append(answer.status)

    gevent.joinall([gevent.spawn(reader, number) for number in range(spec["readers"])])
    return {
        "rps": round(len(spent) / (time.perf_counter() - began), 1),
        "p50_ms": milliseconds(percentile(spent, 0.5)),
        "p95_ms": milliseconds(percentile(spent, 0.95)),
        "wrong": len(wrong),
        "count": len(spent),
    }
