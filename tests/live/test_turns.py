"""Whoever asks much at once waits for the others, and not they for him."""

from http.client import HTTPConnection
from select import select

import pytest

from tests.live.server import PATIENCE, Gunicorn

pytestmark = [pytest.mark.committed, pytest.mark.live]

MUCH = 600
QUESTION = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
GREEDY = 4  # connections, so that each of the two processes has one


def connected(server: Gunicorn) -> HTTPConnection:
    """A connection that has been answered once, and so is held by one of the processes."""
    line = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    ask(line)
    return line


def ask(line: HTTPConnection) -> None:
    line.request("GET", "/healthz")
    answer = line.getresponse()
    assert answer.status == 200 and answer.read()


def answers_there(line: HTTPConnection) -> int:
    """How many have come by now."""
    come = b""
    while select([line.sock], [], [], 0)[0] and (piece := line.sock.recv(100_000)):
        come += piece
    return come.count(b"HTTP/1.1 200")


def all_greedy_wait(server: Gunicorn) -> bool:
    """Whether no connection that asks much is answered whole before others that ask once after it."""
    greedy = [connected(server) for _ in range(GREEDY)]
    others = [connected(server) for _ in range(2)]
    for line in greedy:
        line.sock.sendall(QUESTION * MUCH)
    for line in others:
        ask(line)
    answered = [answers_there(line) for line in greedy]
    for line in [*greedy, *others]:
        line.close()
    return max(answered) < MUCH


def test_one_who_asks_many_things_at_once_holds_up_nobody(server):
    # A machine that sleeps between two lines of this sees all answers; it does not do so each time.
    assert any(all_greedy_wait(server) for _attempt in range(5))
