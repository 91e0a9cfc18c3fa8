"""A person's open page: its socket, its list of messages and its unsent ones, as static/live.js keeps them."""

import json
import random
import time
from contextlib import suppress
from typing import Any

import gevent
from gevent.lock import Semaphore

from ..wire import Answer, Http, Socket, connect, field, get, post
from .page import Bubble, Thread

# The pace of static/live.js: how long a request may take; how long a request hangs that a new line makes us ask again;
# how long the server may be silent; how long a socket may take to open.
REQUEST_SECONDS, HANGING_SECONDS, SILENT_SECONDS, OPENING_SECONDS = 15.0, 3.0, 25.0, 10.0
AGAIN = {1001, 1005, 1006, 1011, 1012, 1013, 1014, 4008}  # the codes after which the pages connect again
WIDGET_ONLY = {4001, 4003}  # the frame asks for a new bearer first; an employee's page has ended
OUTAGE = (OSError, gevent.Timeout, ValueError)


class Asker:
    """Requests of one page on one kept-alive connection."""

    def __init__(self, crew: Any, person: "Person"):
        self.crew, self.person = crew, person
        self.http, self.one_at_a_time = Http(crew.address), Semaphore()
        self.since = 0.0

    def ask(self, method: str, path: str, fields: dict[str, Any] | None = None) -> Answer:
        """Raises OSError and gevent.Timeout: no answer."""
        answer = self.exchange(method, path, fields)
        if answer.status == 401 and self.person.renew():
            answer = self.exchange(method, path, fields)
        return answer

    def exchange(self, method: str, path: str, fields: dict[str, Any] | None) -> Answer:
        headers = {"Accept": "application/json, text/html;q=0.9", **self.person.headers()}
        if method == "GET":
            request = get(path, self.crew.host, headers)
        else:
            request = post(path, self.crew.host, headers, fields or {}).replace(b"POST", method.encode(), 1)
        with self.one_at_a_time:
            self.since = time.monotonic()
            try:
                with gevent.Timeout(REQUEST_SECONDS):
                    answer = self.http.ask(request)
            except (OSError, gevent.Timeout):
                self.drop()
                raise
            finally:
                self.since = 0.0
        self.crew.met(self.person, answer.status, answer.head + answer.body, f"{method} {path}")
        return answer

    def give_up_hanging(self) -> None:
        """What hangs on a dead connection is asked again on a new one."""
        if self.since and time.monotonic() - self.since > HANGING_SECONDS:
            self.drop()

    def drop(self) -> None:
        if self.http.sock is not None:
            self.http.sock.close()
        self.http.sock = None


class Person:
    """An employee with a cookie, or a visitor with a bearer that is renewed when it is refused."""

    def __init__(self, crew: Any, tenant: dict[str, Any], facts: dict[str, Any]):
        self.crew, self.tenant, self.facts, self.id = crew, tenant, facts, facts["id"]
        self.staff = "headers" in facts
        self.root = f"/{tenant['slug']}" if self.staff else f"/w/{tenant['widget_key']}"
        self.bearer = facts.get("bearer", "")
        self.asker = Asker(crew, self)
        self.renewing = Semaphore()

    def headers(self) -> dict[str, str]:
        return self.facts["headers"] if self.staff else {"Authorization": f"Bearer {self.bearer}"}

    def renew(self) -> bool:
        if self.staff:
            return False
        refused = self.bearer
        with self.renewing:
            if self.bearer == refused:
                self.bearer = self.exchange_token() or refused
        return self.bearer != refused

    def exchange_token(self) -> str:
        """As the frame does: again later when the server is away or asks for patience."""
        body = {"token": self.facts["token"], "site": f"http://{self.crew.host}"}
        for tried in range(8):
            try:
                with gevent.Timeout(REQUEST_SECONDS):
                    answer = self.own_line().ask(post(f"{self.root}/session", self.crew.host, {}, body))
            except (OSError, gevent.Timeout):
                answer = Answer(503, b"", b"")
            self.crew.statuses[answer.status] += 1
            if answer.status < 500 and answer.status != 429:
                break
            gevent.sleep(min(15.0, 0.5 * 2**tried))
        return json.loads(answer.body)["bearer"] if answer.status == 200 else ""

    def own_line(self) -> Http:
        """From an address of their own where there are several: strangers are counted by theirs, and forty share none."""
        http = Http(self.crew.address)
        if self.crew.address[0] == "127.0.0.1":
            http.sock = connect(self.crew.address, f"127.0.{self.facts['number']}.{ord(self.tenant['slug'][0])}")
        return http


class Line:
    """A socket that is opened again when it ends, with htmx's pace: 0.5 s doubled up to 3 s, and 30 % more or less."""

    def __init__(self, person: Person, path: str, take: Any, connected: Any = lambda: None):
        self.person, self.path, self.take, self.connected = person, person.root + path, take, connected
        self.tries, self.over, self.opened = 0, False, False
        gevent.spawn(self.run)

    def run(self) -> None:
        while not self.over:
            code = self.listen()
            self.opened = False
            self.person.crew.closed[code] = self.person.crew.closed.get(code, 0) + 1
            if code in WIDGET_ONLY and not self.person.staff:
                gevent.sleep(1)
                self.person.renew()
            elif code not in AGAIN:
                return
            self.tries += 1
            gevent.sleep(min(0.5 * 2 ** (self.tries - 1), 3.0) * random.uniform(0.7, 1.3))

    def listen(self) -> int:
        """Until it ends; returns the close code, 1006 for a line that was cut, refused or silent for too long."""
        socket = None
        try:
            with gevent.Timeout(OPENING_SECONDS):
                socket = self.open()
            self.tries, self.opened = 0, True
            self.connected()
            return self.read(socket)
        except (OSError, gevent.Timeout):
            return 1006
        finally:
            if socket is not None:
                socket.sock.close()

    def open(self) -> Socket:
        cookie = {"Cookie": self.person.headers()["Cookie"]} if self.person.staff else {}
        socket = Socket(self.person.crew.address, self.path, cookie)
        if not self.person.staff:
            socket.send(json.dumps({"bearer": self.person.bearer}).encode())
        return socket

    def read(self, socket: Socket) -> int:
        silence = gevent.Timeout.start_new(SILENT_SECONDS)
        try:
            while True:
                frame = socket.next_frame()
                if frame is None:
                    socket.fill()
                elif frame[0] == 1:
                    silence.close()
                    silence = gevent.Timeout.start_new(SILENT_SECONDS)
                    self.person.crew.met(self.person, 0, frame[1], self.path)
                    self.take(json.loads(frame[1]))
                elif frame[0] == 9:
                    socket.send(frame[1], opcode=10)
                elif frame[0] == 8:
                    return int.from_bytes(frame[1][:2], "big") if len(frame[1]) > 1 else 1005
        finally:
            silence.close()


class View:
    """One conversation on somebody's screen. `saw` remembers when each text of each message was first there."""

    def __init__(self, person: Person, facts: dict[str, Any]):
        self.person, self.crew = person, person.crew
        self.number, self.conversation = facts["number"], facts["conversation"]
        self.path = f"{'' if person.staff else '/my'}/conversations/{self.number}"
        self.thread, self.saw = Thread(), dict[tuple[str, str | None], float]()
        self.first_saw: dict[str, float] = {}
        self.asking = self.again = False
        self.unsent: list[Any] = []
        self.busy, self.tries = False, 0
        self.sending, self.reading = Asker(self.crew, person), Asker(self.crew, person)
        self.line = Line(person, f"{self.path}/live", self.take, self.hurry)

    # -- what arrives

    def take(self, frame: dict[str, Any]) -> None:
        wait = self.thread.take(frame)
        if frame.get("content"):
            self.show(frame["content"])
        if wait is not None:
            gevent.spawn_later(wait, self.ask_if_behind, bool(frame.get("alive")))

    def show(self, fragment: str) -> None:
        for bubble in self.thread.upsert(fragment):
            self.note(bubble)

    def note(self, bubble: Bubble) -> None:
        moment = time.monotonic()
        if bubble.id not in self.first_saw:
            self.first_saw[bubble.id] = moment
            self.crew.ledger.note("seen", by=self.person.id, id=bubble.id, seq=bubble.seq)
        self.saw.setdefault((bubble.id, bubble.text), moment)

    def ask_if_behind(self, sure: bool) -> None:
        self.thread.advance()
        if not (sure or self.thread.ahead):
            return
        if self.asking:
            self.again = True
            return
        self.asking = True
        with suppress(*OUTAGE):  # the next heartbeat asks again
            self.catch_up()
        self.asking = False
        if self.again:
            self.again = False
            self.ask_if_behind(True)

    def catch_up(self) -> None:
        more = True
        while more:
            path = f"{self.person.root}{self.path}/changes?after={self.thread.position}"
            answer = self.reading.ask("GET", path)
            if answer.status != 200:
                return
            self.show(answer.body.decode())
            self.thread.position = max(self.thread.position, int(header(answer, b"x-position") or 0))
            self.thread.advance()
            more = header(answer, b"x-more") == b"1"

    # -- what is written

    def hurry(self) -> None:
        """A new line: what waits or hangs is tried again now."""
        self.sending.give_up_hanging()
        self.reading.give_up_hanging()
        self.tries = 0
        gevent.spawn(self.run)

    def write(self, message: Any) -> None:
        self.unsent.append(message)
        self.thread.wait_for(message.id, message.kind, message.text)
        gevent.spawn(self.run)

    def run(self) -> None:
        """In order, each again and again with its id until it is answered."""
        if self.busy:
            return
        self.busy = True
        try:
            while self.unsent and self.deliver(self.unsent[0]):
                pass
        finally:
            self.busy = False

    def deliver(self, message: Any) -> bool:
        fields = {"body": message.text, "kind": message.kind, "client_id": message.id}
        if not message.sent_at:
            message.sent_at = time.monotonic()
            self.crew.ledger.sure("sent", by=self.person.id, conversation=self.conversation, kind=message.kind,
                                  id=message.id, text=message.text)  # fmt: skip
        try:
            answer = self.sending.ask("POST", f"{self.person.root}{self.path}/messages", fields)
        except OUTAGE:
            return self.later()
        if answer.status >= 500 or answer.status == 429:
            return self.later()
        self.unsent.remove(message)
        self.tries = 0
        if answer.status < 300:
            self.show(answer.body.decode())
            self.crew.acknowledged(self, message)
        else:
            self.crew.refused.append(answer.status)
        return True

    def later(self) -> bool:
        self.tries += 1
        self.crew.tried_again += 1
        wait = min(15.0, 0.5 * 2**self.tries) * random.uniform(0.7, 1.3)
        gevent.spawn_later(wait, self.run)
        return False


def header(answer: Answer, name: bytes) -> bytes:
    return field(answer.head, name)
