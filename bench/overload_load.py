"""The loads of overload.py: each function runs in a process of its own and returns what it saw."""

import json
import socket as sockets
import time
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
from gevent.pool import Pool

from .chat_load import Room
from .figures import milliseconds, percentile
from .wire import Answer, Http, Socket, field, post

CONNECTIONS = 32
LONG = "<" * 9_000  # some 36 KB as a fragment
PATIENCE = 40


def others(spec: dict[str, Any]) -> dict[str, Any]:
    """Both sides of all conversations at a steady rate; the first two seconds are not counted."""
    room = Room(spec)
    gevent.sleep(1.5)
    room.steady(spec["rate"], 2)
    return room.steady(spec["rate"], spec["seconds"])


# -- one visitor who writes without end


def flood(spec: dict[str, Any]) -> dict[str, Any]:
    """Open loop on several connections, for as long as the others are measured, and what was answered."""
    writer = Flood(spec)
    began = time.perf_counter()
    seconds = spec["seconds"] + 5
    for number in range(int(spec["flood"] * seconds)):
        gevent.sleep(max(0.0, began + number / spec["flood"] - time.perf_counter()))
        writer.send()
    writer.pool.join(5)
    spent = time.perf_counter() - began
    return writer.seen(spent)


class Flood:
    def __init__(self, spec: dict[str, Any]):
        address = (spec["host"], spec["port"])
        self.path = f"/w/{spec['widget_key']}/my/conversations/{spec['number']}/messages"
        self.headers = {"Authorization": f"Bearer {spec['bearer']}", "Accept": "application/json, text/html;q=0.9"}
        self.host, self.pool = f"{address[0]}:{address[1]}", Pool(CONNECTIONS)
        self.free = [Http(address) for _ in range(CONNECTIONS)]
        self.statuses: Counter[int] = Counter()
        self.last_refusal: Answer | None = None
        self.not_sent = 0

    def send(self) -> None:
        if self.pool.free_count():
            self.pool.spawn(self.send_one, self.free.pop())
        else:
            self.not_sent += 1

    def send_one(self, http: Http) -> None:
        fields = {"client_id": str(uuid.uuid4()), "body": "Me again"}
        try:
            answer = http.ask(post(self.path, self.host, self.headers, fields))
            self.statuses[answer.status] += 1
            self.last_refusal = answer if answer.status == 429 else self.last_refusal
        except OSError:
            self.statuses[0] += 1
        self.free.append(http)

    def seen(self, spent: float) -> dict[str, Any]:
        refusal = self.last_refusal
        return {
            "per_s": round(sum(self.statuses.values()) / spent, 1), "statuses": dict(self.statuses),
            "not_sent": self.not_sent, "retry_after": field(refusal.head, b"retry-after").decode() if refusal else "",
            "says": refusal.body.decode()[:200] if refusal else "",
        }  # fmt: skip


# -- sockets that never read


def never_read(spec: dict[str, Any]) -> dict[str, Any]:
    """Long messages to all of them, four a second, until those that never read have lost their line."""
    address = (spec["host"], spec["port"])
    path = f"/{spec['slug']}/conversations/{spec['watched']}"
    cookie = {"Cookie": spec["frames"][0]}
    readers = [Reader(Socket(address, f"{path}/live", cookie)) for _ in range(spec["sockets"] - spec["lazy"])]
    say, headers = Http(address), spec["talks"][0]["employee"]
    for _ in range(4):
        send_long(say, path, spec, headers)
    print("READY", flush=True)
    gevent.sleep(1)
    lazy = [Lazy(address, f"{path}/live", cookie) for _ in range(spec["lazy"])]
    ports = {one.sock.getsockname()[1] for one in lazy}
    sent, waiting, closed = until_closed(ports, lambda: send_long(say, path, spec, headers), spec["port"])
    gevent.sleep(2)
    delays = [delay for reader in readers for delay in reader.delays]
    return {
        "closed": len(closed), "of": len(lazy), "last_closed_s": round(max(closed.values(), default=PATIENCE), 1),
        "kernel_holds_kib_each": round(waiting / 1024, 1), "others_open": sum(reader.open for reader in readers),
        "others_p99_ms": milliseconds(percentile(delays, 0.99)), "others_missed": len(readers) * (sent + 4) - len(delays),
    }  # fmt: skip


def until_closed(ports: set[int], say: Callable[[], None], port: int) -> tuple[int, int, dict[int, float]]:
    """Messages sent, the most bytes that the kernel held for one of `ports`, and after how many seconds each was closed."""
    began, closed, waiting, sent = time.perf_counter(), dict[int, float](), 0, 0
    while len(closed) < len(ports) and time.perf_counter() - began < PATIENCE:
        say()
        sent += 1
        gevent.sleep(0.25)
        lines = server_lines(port)
        closed |= dict.fromkeys(ports - lines.keys() - closed.keys(), time.perf_counter() - began)
        waiting = max([waiting, *(lines[one] for one in ports & lines.keys())])
    return sent, waiting, closed


def send_long(http: Http, path: str, spec: dict[str, Any], headers: dict[str, str]) -> None:
    body = f"{time.perf_counter():.6f} {LONG}"
    fields = {"client_id": str(uuid.uuid4()), "body": body, "kind": "chat"}
    status = http.ask(post(f"{path}/messages", f"{spec['host']}:{spec['port']}", headers, fields)).status
    assert status == 201, status


class Reader:
    """One that reads, and how long each message took to it."""

    def __init__(self, socket: Socket):
        self.socket, self.open = socket, True
        self.delays: list[float] = []
        gevent.spawn(self.run)

    def run(self) -> None:
        for frame in self.socket.frames():
            moment, at = time.perf_counter(), frame.find(b'bubble-text\\">')
            if at >= 0:
                self.delays.append(moment - float(frame[at + 14 :].split(b" ", 1)[0]))
        self.open = False


class Lazy(Socket):
    """One that never reads, whose kernel takes hardly anything either."""

    def __init__(self, address: tuple[str, int], path: str, headers: dict[str, str]):
        super().__init__(address, path, headers)
        self.sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)


def server_lines(port: int) -> dict[int, int]:
    """{the other end's port: bytes that wait to be sent} of the server's open connections, by the kernel's own table."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    mine = [row for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01"]
    return {int(row[2].split(":")[1], 16): int(row[4].split(":")[0], 16) for row in mine}


# -- everybody comes back at once


def come_back(spec: dict[str, Any]) -> dict[str, Any]:
    """All of them once to begin with, then close and come back at once, `rounds` times."""
    crowd = [Returning(spec, number) for number in range(len(spec["bearers"]))]
    rounds = []
    for _ in range(spec["rounds"] + 1):
        for one in crowd:
            one.close()
        began = time.perf_counter()
        rounds.append(gevent.joinall([gevent.spawn(one.open, began) for one in crowd]))
        gevent.sleep(3)
    times = [greenlet.value for greenlets in rounds[1:] for greenlet in greenlets]
    return {
        "back": len(times) // spec["rounds"], "last_back_s": round(max(times), 2), "p50_s": round(percentile(times, 0.5), 2),
        "tried_again": sum(one.tried_again for one in crowd), "opened": len(crowd) * len(rounds),
    }  # fmt: skip


class Returning:
    """A customer's widget."""

    def __init__(self, spec: dict[str, Any], number: int):
        self.address, self.source = (spec["host"], spec["port"]), f"127.0.0.{1 + number // 5_000}"
        self.path = f"/w/{spec['widget_key']}/my/conversations/{number + 1}/live"
        self.first = json.dumps({"bearer": spec["bearers"][number]}).encode()
        self.socket: Socket | None = None
        self.tried_again = 0

    def close(self) -> None:
        if self.socket:
            self.socket.sock.close()

    def open(self, began: float) -> float:
        """Seconds from `began` until it has its first heartbeat, however often it has to try."""
        for _ in range(20):
            try:
                self.socket = Socket(self.address, self.path, {}, self.source)
                self.socket.send(self.first)
                next(self.socket.frames())
                return time.perf_counter() - began
            except (OSError, StopIteration):
                self.tried_again += 1
                gevent.sleep(0.2)
        raise SystemExit(f"{self.path} did not come back.")
