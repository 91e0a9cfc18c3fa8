"""People talking: both sides of every conversation hold a socket and a kept-alive connection, as their pages do."""

import random
import time
import uuid
from typing import Any

import gevent
from gevent.lock import Semaphore

from .figures import milliseconds, percentile
from .wire import Http, Socket, post

SETTLE_SECONDS = 3.0
BODY = "I have looked: it left our house on Monday and should be with you tomorrow. "


class Side:
    """One person in one conversation: what they send, and the socket on which they see the other's messages."""

    def __init__(self, talk: "Talk", path: str, headers: dict[str, str], frames: Socket):
        self.talk, self.path, self.headers, self.frames = talk, path, headers, frames
        self.http, self.one_at_a_time = Http(talk.room.address), Semaphore()
        self.waiting: dict[bytes, float] = {}

    def send(self) -> None:
        """Post a message, to be awaited on the other side's socket."""
        client_id = str(uuid.uuid4())
        fields = {"client_id": client_id, "body": BODY + client_id[:8], "kind": "chat"}
        request = post(self.path, self.talk.room.host, self.headers, fields)
        other = self.talk.other(self)
        with self.one_at_a_time:
            began = other.waiting[client_id.encode()] = time.perf_counter()
            answer = self.http.ask(request)
        self.talk.room.posted.append(time.perf_counter() - began)
        if answer.status != 201:
            other.waiting.pop(client_id.encode(), None)
            self.talk.room.refused.append(answer.status)

    def watch(self) -> None:
        for frame in self.frames.frames():
            at = frame.find(b"message-")
            if at >= 0 and (began := self.waiting.pop(frame[at + 8 : at + 44], None)):
                self.talk.room.seen.append(time.perf_counter() - began)


class Talk:
    def __init__(self, room: "Room", spec: dict[str, Any]):
        self.room = room
        number, origin = spec["number"], {"Accept": "application/json, text/html;q=0.9"}
        staff = f"/{room.slug}/conversations/{number}"
        customer = f"/w/{room.widget_key}/my/conversations/{number}"
        cookie = {"Cookie": spec["employee"]["Cookie"]}
        self.staff = Side(
            self, f"{staff}/messages", origin | spec["employee"], Socket(room.address, f"{staff}/live", cookie)
        )
        frames = Socket(room.address, f"{customer}/live", {})
        frames.send(b'{"bearer":"%s"}' % spec["bearer"].encode())
        self.customer = Side(
            self, f"{customer}/messages", origin | {"Authorization": f"Bearer {spec['bearer']}"}, frames
        )

    def other(self, side: Side) -> Side:
        return self.customer if side is self.staff else self.staff


class Room:
    """All conversations of this process, and what was seen in the current phase: times in seconds."""

    def __init__(self, spec: dict[str, Any]):
        self.address, self.host = (spec["host"], spec["port"]), f"{spec['host']}:{spec['port']}"
        self.slug, self.widget_key = spec["slug"], spec["widget_key"]
        self.messages = 0
        self.begin()
        self.talks = [Talk(self, talk) for talk in spec["talks"]]
        self.frames = [Socket(self.address, f"/{self.slug}/live", {"Cookie": cookie}) for cookie in spec["frames"]]
        for talk in self.talks:
            gevent.spawn(talk.staff.watch)
            gevent.spawn(talk.customer.watch)
        for frame in self.frames:
            gevent.spawn(lambda frame=frame: list(frame.frames()))

    def begin(self) -> None:
        self.posted: list[float] = []
        self.seen: list[float] = []
        self.refused: list[int] = []

    def missing(self) -> int:
        return sum(len(side.waiting) for talk in self.talks for side in (talk.staff, talk.customer))

    def settle(self) -> None:
        until = time.monotonic() + SETTLE_SECONDS
        while self.missing() and time.monotonic() < until:
            gevent.sleep(0.05)

    def steady(self, rate: float, seconds: float) -> dict[str, Any]:
        """Open loop: `rate` messages a second at even distances whatever comes back, both sides in turn."""
        self.begin()
        chosen = random.Random(7)
        began = time.perf_counter()
        for number in range(int(rate * seconds)):
            gevent.sleep(max(0.0, began + number / rate - time.perf_counter()))
            talk = chosen.choice(self.talks)
            gevent.spawn((talk.staff if number % 2 else talk.customer).send)
        self.settle()
        return self.figures(time.perf_counter() - began)

    def crowded(self, senders: int, seconds: float) -> dict[str, Any]:
        """Closed loop: each of `senders` employees sends the next message when the last was answered."""
        self.begin()
        began = time.perf_counter()
        until = began + seconds

        def write(side: Side) -> None:
            while time.perf_counter() < until:
                side.send()

        gevent.joinall([gevent.spawn(write, talk.staff) for talk in self.talks[:senders]])
        spent = time.perf_counter() - began
        self.settle()
        return self.figures(spent)

    def figures(self, spent: float) -> dict[str, Any]:
        missing = self.missing()
        self.messages += len(self.posted)
        return {
            "accepted_per_s": round((len(self.posted) - len(self.refused)) / spent, 1),
            "p50_ms": milliseconds(percentile(self.seen, 0.5)),
            "p95_ms": milliseconds(percentile(self.seen, 0.95)),
            "p99_ms": milliseconds(percentile(self.seen, 0.99)),
            "post_p50_ms": milliseconds(percentile(self.posted, 0.5)),
            "seen": len(self.seen), "refused": len(self.refused), "missing": missing,
        }  # fmt: skip


def talk(spec: dict[str, Any]) -> dict[str, Any]:
    room = Room(spec)
    gevent.sleep(1.5)
    room.steady(spec["rate"], 2)
    steady = room.steady(spec["rate"], spec["seconds"])
    crowded = [room.crowded(spec["senders"], spec["seconds"] / 2) for _ in range(spec["rounds"])]
    return {"steady": steady, "crowded": crowded, "messages": room.messages}
