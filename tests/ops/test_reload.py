"""`crm reload` while people write and look on: one instance for the whole file, in the order of its life."""

import http.client
import json
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest
import websocket
from sqlalchemy import select
from websocket import ABNF

from crm import create_app
from crm.config import Config
from crm.conversations.models.message import Message
from crm.db import db
from crm.ops.scratch import scratch_folder
from tests import make
from tests.live.server import Browser

from .instance import Instance, instance, wait_until

WRITERS = 6
PAUSE = 0.05


@pytest.fixture(scope="module")
def started() -> Iterator[Instance]:
    with instance() as made:
        made.up("--empty")
        environment = json.loads((made.data / "run" / "environment.json").read_text())
        before = make.state.app
        make.use(create_app(Config.from_env(environment), testing=True))
        yield made
        make.use(before)


@dataclass
class Writer:
    """An employee's page: a socket that is opened again when it closes, and a kept-alive connection that posts."""

    browser: Browser
    number: int
    stop: threading.Event
    accepted: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    heard: int = 0
    closed: list[tuple[float, int]] = field(default_factory=list)
    away: list[float] = field(default_factory=list)

    def write(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.browser.server.port, timeout=20)
        headers = {"Cookie": f"rapport={self.browser.cookie}", "X-CSRFToken": self.browser.token, "HX-Request": "true",
                   "Content-Type": "application/x-www-form-urlencoded"}  # fmt: skip
        path = f"/{self.browser.slug}/conversations/{self.number}/messages"
        while not self.stop.is_set():
            client_id = str(uuid.uuid4())
            form = {"body": "Hello", "kind": "chat", "client_id": client_id}
            try:
                connection.request("POST", path, urlencode(form), headers)
                answer = connection.getresponse()
                said = f"{answer.status} {answer.read()[:80]!r}"
            except (OSError, http.client.HTTPException) as problem:
                said = repr(problem)
                connection.close()
            self.accepted.append(client_id) if said.startswith("201") else self.failed.append(said)
            time.sleep(PAUSE)
        connection.close()

    def look_on(self) -> None:
        while not self.stop.is_set():
            socket = self.browser.listen(f"/conversations/{self.number}/live").socket
            if self.closed:
                self.away.append(time.monotonic() - self.closed[-1][0])
            self.listen(socket)
            time.sleep(0.3)

    def listen(self, socket: websocket.WebSocket) -> None:
        socket.settimeout(0.2)
        while not self.stop.is_set():
            try:
                opcode, content = socket.recv_data()
            except websocket.WebSocketTimeoutException:
                continue
            except (websocket.WebSocketException, OSError):
                return self.closed.append((time.monotonic(), 0))
            if opcode == ABNF.OPCODE_CLOSE:
                return self.closed.append((time.monotonic(), int.from_bytes(content[:2])))
            self.heard += b"message-" in content


@pytest.fixture(scope="module")
def writers(started: Instance) -> Iterator[list[Writer]]:
    """Six employees who write without a pause."""
    stop, found = threading.Event(), []
    for number in range(WRITERS):
        person = make.employee(f"Writer{number}")
        conversation = make.conversation(assignee=person)
        browser = Browser.of(started, person, "acme")
        browser.send("/profile")  # for the token
        found.append(Writer(browser, conversation.number, stop))
    threads = [threading.Thread(target=work, daemon=True) for one in found for work in (one.write, one.look_on)]
    for thread in threads:
        thread.start()
    wait_until(lambda: all(one.heard > 3 for one in found), 90)
    yield found
    stop.set()
    for thread in threads:
        thread.join(120)


def test_new_processes_take_over(started, writers):
    before = {program: started.child(program) for program in ("gunicorn", "worker.py", "bin/postgres")}
    result = started.crm("reload")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("took over") == 2
    after = {program: started.child(program) for program in before}
    assert before["bin/postgres"] == after["bin/postgres"]
    assert not {before["gunicorn"], before["worker.py"]} & {0, after["gunicorn"], after["worker.py"]}
    assert len(list((started.data / "run").glob("web*.sock"))) == 1


def test_nobody_who_wrote_meanwhile_was_refused(started, writers):
    assert [said for one in writers for said in one.failed] == []


def test_every_socket_moved_by_itself_and_came_back(started, writers):
    wait_until(lambda: all(one.away for one in writers), 60)
    closings = [closing for one in writers for closing in one.closed]
    assert {code for _, code in closings} == {1012}
    assert len(closings) == WRITERS
    moments = sorted(moment for moment, _ in closings)
    assert moments[-1] - moments[0] > 0.3, "all at once"
    assert max(away for one in writers for away in one.away) < 30


def test_what_was_accepted_is_there_once(started, writers):
    wait_until(lambda: sum(len(one.accepted) for one in writers) > 100)
    writers[0].stop.set()
    accepted = sorted(client_id for one in writers for client_id in one.accepted)
    with make.inside():
        stored = [str(client_id) for client_id in db.session.scalars(select(Message.client_id)).all()]
    assert sorted(set(accepted) & set(stored)) == accepted
    assert len(stored) == len(set(stored))


def test_a_second_one_replaces_the_first(started):
    before = started.child("gunicorn")
    assert started.crm("reload").returncode == 0
    assert started.child("gunicorn") not in (0, before)
    assert started.get("/readyz").json()["status"] == "ready"


def test_what_does_not_start_is_taken_away_again(started):
    place = started.data / "run" / "supervisor.json"
    remembered = place.read_text()
    place.write_text(remembered.replace('"SECRET_KEY": "', '"SECRET_KEY": "short", "WAS": "'))
    before = started.child("gunicorn"), started.child("worker.py")
    result = started.crm("reload")
    place.write_text(remembered)
    assert result.returncode == 1
    assert "The new worker did not start, and the old one stays: SECRET_KEY must have at least 32" in result.stderr
    assert (started.child("gunicorn"), started.child("worker.py")) == before
    assert started.get("/readyz").status_code == 200


def test_without_an_instance_it_says_so():
    with scratch_folder() as folder:
        result = Instance(folder / "nothing").crm("reload")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"Rapport does not run with the data in {folder}/nothing: start it with crm up.\n"
