"""Thousands of open pages that mostly do nothing: widgets of customers, and employees who look at one conversation."""

import json
import select
import time
import uuid
from collections.abc import Callable
from typing import Any

import gevent
from gevent.pool import Pool

from .figures import milliseconds, percentile
from .wire import Http, Socket, post

OPENERS = 24
PER_ADDRESS = 5_000


class Crowd:
    """Idle sockets without a greenlet each: one poll for all, which answers pings and drops everything else."""

    def __init__(self) -> None:
        self.poll = select.epoll()
        self.sockets: dict[int, Socket] = {}
        self.lost = 0

    def add(self, one: Socket) -> None:
        self.sockets[one.sock.fileno()] = one
        self.poll.register(one.sock.fileno(), select.EPOLLIN)

    def run(self) -> None:
        while True:
            for number, _ in self.poll.poll(0):
                self.read(number)
            gevent.sleep(0.02)

    def read(self, number: int) -> None:
        one = self.sockets[number]
        try:
            one.fill()
            while frame := one.next_frame():
                if frame[0] == 9:
                    one.send(frame[1], opcode=10)
        except OSError:
            self.poll.unregister(number)
            del self.sockets[number]
            self.lost += 1


class House:
    def __init__(self, spec: dict[str, Any]):
        self.spec, self.address = spec, (spec["host"], spec["port"])
        self.crowd, self.refused = Crowd(), 0
        self.viewers: list[Socket] = []
        self.arrived: dict[bytes, list[float]] = {}
        gevent.spawn(self.crowd.run)

    def source(self, number: int) -> str:
        """One loopback address has about 28,000 ports; several leave room for the ports of closed connections."""
        return f"127.0.0.{1 + number // PER_ADDRESS}"

    def fill(self) -> None:
        idle = self.spec["sockets"] - self.spec["viewers"]
        pool = Pool(OPENERS)
        for number in range(idle):
            pool.spawn(self.insist, self.open_widget, number)
        for number in range(self.spec["viewers"]):
            pool.spawn(self.insist, self.open_viewer, idle + number)
        pool.join()

    def insist(self, open_one: Callable[[int], None], number: int) -> None:
        """As a browser does: what was refused is tried again a little later."""
        for _ in range(5):
            try:
                return open_one(number)
            except OSError:
                self.refused += 1
                gevent.sleep(1)

    def open_widget(self, number: int) -> None:
        """A customer's widget, on their own conversation."""
        path = f"/w/{self.spec['widget_key']}/my/conversations/{number + 1}/live"
        one = Socket(self.address, path, {}, self.source(number))
        one.send(json.dumps({"bearer": self.spec["bearers"][number]}).encode())
        self.crowd.add(one)

    def open_viewer(self, number: int) -> None:
        cookie = self.spec["cookies"][number % len(self.spec["cookies"])]
        path = f"/{self.spec['slug']}/conversations/{self.spec['watched']}/live"
        one = Socket(self.address, path, {"Cookie": cookie}, self.source(number))
        self.viewers.append(one)
        gevent.spawn(self.watch, one)

    def watch(self, one: Socket) -> None:
        for frame in one.frames():
            moment = time.perf_counter()
            at = frame.find(b"message-")
            if at >= 0:
                self.arrived.setdefault(frame[at + 8 : at + 44], []).append(moment)

    def fan_out(self) -> tuple[float, float]:
        """Seconds from the answer to the POST, and from the POST itself, until the last viewer has the message."""
        client_id = str(uuid.uuid4())
        path = f"/{self.spec['slug']}/conversations/{self.spec['watched']}/messages"
        fields = {"client_id": client_id, "body": "One message to everybody.", "kind": "chat"}
        request = post(path, f"{self.spec['host']}:{self.spec['port']}", self.spec["writer"], fields)
        began = time.perf_counter()
        status = Http(self.address).ask(request).status
        assert status == 201, status
        until = began + 5
        while len(self.arrived.get(client_id.encode(), ())) < len(self.viewers) and time.perf_counter() < until:
            gevent.sleep(0.002)
        times = sorted(self.arrived[client_id.encode()])
        assert len(times) == len(self.viewers), f"{len(times)} of {len(self.viewers)} viewers saw it"
        return times[-1] - times[0], times[-1] - began

    def echoes(self, times: int) -> list[float]:
        """Seconds from a page's "I am typing" to the sign of it on the same page: in, through Redis, and out."""
        path = f"/{self.spec['slug']}/conversations/{self.spec['watched'] + 1}/live"
        one = Socket(self.address, path, {"Cookie": self.spec["cookies"][0]})
        frames = one.frames()
        while b"alive" not in next(frames):  # heard once it listens
            pass
        spent = []
        for _ in range(times):
            began = time.perf_counter()
            one.send(b'{"typing":"note"}')
            with gevent.Timeout(10):
                while b"typing" not in next(frames):
                    pass
            spent.append(time.perf_counter() - began)
            gevent.sleep(0.06)
        return spent


def hold(spec: dict[str, Any]) -> dict[str, Any]:
    """Open the sockets, tell where the workers stand by a line on stdout, then measure."""
    house = House(spec)
    began = time.perf_counter()
    house.fill()
    opened = time.perf_counter() - began
    gevent.sleep(spec["settle"])
    print("HELD", flush=True)
    gevent.sleep(1)
    fans = [house.fan_out() for _ in range(spec["times"])]
    echoes = house.echoes(spec["echoes"])
    return {
        "held": len(house.crowd.sockets) + len(house.viewers), "lost": house.crowd.lost, "refused": house.refused,
        "opened_per_s": round(spec["sockets"] / opened, 1),
        "fanout_last_ms": milliseconds(percentile([fan[0] for fan in fans], 0.5)),
        "fanout_worst_ms": milliseconds(max(fan[0] for fan in fans)),
        "post_to_last_ms": milliseconds(percentile([fan[1] for fan in fans], 0.5)),
        "echo_p50_ms": milliseconds(percentile(echoes, 0.5)), "echo_p99_ms": milliseconds(percentile(echoes, 0.99)),
    }  # fmt: skip
