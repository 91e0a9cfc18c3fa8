"""The frame's socket: it hears nothing before it has said who it is, and nothing once it is not welcome any more."""

import contextlib
import json
import threading
import time

import psycopg
import pytest
import websocket
from werkzeug.serving import make_server

from crm.accounts.tenants import rotate_identity_secret
from crm.conversations.models import Conversation
from crm.customers.models import Customer
from crm.realtime import hub, routes
from tests import make
from tests.live.server import PATIENCE

from .steps import Visitor, signed, visitor

pytestmark = pytest.mark.committed
REFUSED, REVOKED, TRY_AGAIN = 4001, 4003, 1013


@pytest.fixture
def port(real_app, monkeypatch):
    """A real server in this process; whoever says something is given the time for it that a busy machine needs."""
    monkeypatch.setattr(routes, "FIRST_FRAME_SECONDS", PATIENCE)
    server = make_server("127.0.0.1", 0, real_app, threaded=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server.server_port
    end = time.monotonic() + PATIENCE
    while hub.by_tenant and time.monotonic() < end:
        time.sleep(0.05)
    server.shutdown()


class Line:
    """One socket, as a browser opens it."""

    def __init__(self, port: int, someone: Visitor, number: int, origin: str | None = None):
        url = f"ws://127.0.0.1:{port}{someone.root}/my/conversations/{number}/live"
        self.socket = websocket.create_connection(url, origin=origin or f"http://127.0.0.1:{port}", timeout=PATIENCE)

    def say(self, text: str) -> "Line":
        self.socket.send(text)
        return self

    def hear(self) -> dict:
        return json.loads(self.socket.recv())

    def until(self, key: str) -> dict:
        while key not in (frame := self.hear()):
            pass
        return frame

    def closed_with(self) -> int | None:
        """The code of the close frame; what came before it must be nothing that tells anything."""
        while True:
            opcode, content = self.socket.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return int.from_bytes(content[:2], "big")
            assert set(json.loads(content)) <= {"alive", "position", "refresh"}

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.socket.close(timeout=1)


@pytest.fixture
def line(port):
    opened: list[Line] = []

    def on(someone: Visitor, number: int, **options) -> Line:
        opened.append(Line(port, someone, number, **options))
        return opened[-1]

    yield on
    for one in opened:
        one.close()


def introduced(line, someone: Visitor, number: int) -> Line:
    return line(someone, number).say(json.dumps({"bearer": someone.bearer}))


def test_who_has_said_who_they_are_hears_messages_and_never_notes(line, anna):
    someone = visitor()
    number = someone.begin()
    socket = introduced(line, someone, number)
    assert socket.hear().items() >= {"alive": 1, "position": 1}.items()
    with make.inside():
        conversation = Conversation.find(number=number)
    make.message(conversation, anna, "An inner thought", kind="note")
    make.message(conversation, anna, "Here it is")
    heard = socket.until("content")
    assert "Here it is" in heard["content"] and heard["position"] == 3


def test_a_socket_that_says_nothing_is_closed(line, monkeypatch):
    monkeypatch.setattr(routes, "FIRST_FRAME_SECONDS", 0.2)
    someone = visitor()
    assert line(someone, someone.begin()).closed_with() == REFUSED


@pytest.mark.parametrize(
    "said", ['{"bearer": "forged"}', "{}", '{"bearer": null}', '{"bearer": ["a"]}', "[]", "nonsense", "\x00", "1"]
)
def test_a_first_frame_that_proves_nothing_closes_the_socket(line, said, monkeypatch):
    monkeypatch.setattr(routes, "FIRST_FRAME_SECONDS", 0.2)  # which what is no frame waits for
    someone = visitor()
    assert line(someone, someone.begin()).say(said).closed_with() == REFUSED


def test_a_database_that_is_away_is_no_fault_of_who_asks(line, servers):
    """The page connects again by itself; after 4001 it would begin anew and leave its conversation."""
    someone = visitor()
    number = someone.begin()
    opened = line(someone, number)
    with psycopg.connect(servers.superuser_database_url, autocommit=True) as superuser:
        superuser.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'rapport_app'")
    assert opened.say(json.dumps({"bearer": someone.bearer})).closed_with() == TRY_AGAIN
    assert introduced(line, someone, number).hear()["alive"]


def test_a_bearer_does_not_open_another_ones_conversation(line):
    number, other = visitor().begin(), visitor()
    other.begin()
    assert introduced(line, other, number).closed_with() == REFUSED
    assert introduced(line, other, 99_999).closed_with() == REFUSED


def test_a_bearer_of_another_tenant_opens_nothing(line):
    someone, other = visitor(), visitor("globex")
    number = someone.begin()
    other.begin()
    someone.bearer = other.bearer
    assert introduced(line, someone, number).closed_with() == REFUSED


@pytest.mark.parametrize("origin", ["http://evil.test", "null", "http://127.0.0.1.evil.test", "http://localhost:1"])
def test_a_foreign_page_cannot_open_a_socket_cve_2023_2886(line, origin):
    someone = visitor()
    number = someone.begin()
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        line(someone, number, origin=origin)


def test_somebody_blocked_is_cut_off(line):
    someone = visitor()
    socket = introduced(line, someone, someone.begin())
    socket.hear()
    with make.inside():
        Customer.first().block()
    assert socket.closed_with() == REVOKED


def test_a_new_secret_cuts_off_whom_the_old_one_let_in(line):
    someone = visitor(**signed(id="42"))
    socket = introduced(line, someone, someone.begin())
    socket.hear()
    with make.inside():
        rotate_identity_secret()
    assert socket.closed_with() == REVOKED


def test_typing_is_told_to_the_employees(line, pushed):
    someone = visitor()
    number = someone.begin(name="Mia")
    socket = introduced(line, someone, number)
    socket.hear()
    socket.say('{"typing": "chat"}')
    with make.inside():
        topic = Conversation.find(number=number).topic
    end = time.monotonic() + PATIENCE
    while "typing" not in pushed(topic) and time.monotonic() < end:
        time.sleep(0.05)
    assert '"name": "Mia"' in pushed(topic)
