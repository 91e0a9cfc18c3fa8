"""Readers: each loads the same page again and again over one kept-alive connection."""

import time
from typing import Any

import gevent

from .figures import milliseconds, percentile
from .wire import Http, get


def read(spec: dict[str, Any]) -> dict[str, Any]:
    """Closed loop: `readers` ask for `path` as soon as they have the last answer, for `seconds`."""
    spent: list[float] = []
    wrong: list[int] = []
    request = get(spec["path"], f"{spec['host']}:{spec['port']}", spec["headers"])
    began = time.perf_counter()
    until = began + spec["seconds"]

    def reader() -> None:
        http = Http((spec["host"], spec["port"]))
        while (asked := time.perf_counter()) < until:
            answer = http.ask(request)
            spent.append(time.perf_counter() - asked)
            if answer.status != 200:
                wrong.append(answer.status)

    gevent.joinall([gevent.spawn(reader) for _ in range(spec["readers"])])
    return {
        "rps": round(len(spent) / (time.perf_counter() - began), 1),
        "p50_ms": milliseconds(percentile(spent, 0.5)),
        "p95_ms": milliseconds(percentile(spent, 0.95)),
        "wrong": len(wrong),
        "count": len(spent),
    }
