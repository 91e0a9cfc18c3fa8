"""A socket's two ends, without a server between: what is queued, in which order it leaves, and how it ends."""

import json
import socket
import struct
import threading
from contextlib import suppress

import pytest
from werkzeug.exceptions import ClientDisconnected

from crm.realtime.frames import encode
from crm.realtime.routes import in_turn, still_connected
from crm.realtime.socket import GOING_AWAY, MAX_QUEUED_BYTES, MAX_QUEUED_FRAMES, SLOW, SafeSocket, Waiting
from tests.live.server import PATIENCE, until

ASKED = {
    "HTTP_HOST": "localhost", "HTTP_CONNECTION": "Upgrade", "HTTP_UPGRADE": "websocket",
    "HTTP_SEC_WEBSOCKET_KEY": "AAAAAAAAAAAAAAAAAAAAAA==", "HTTP_SEC_WEBSOCKET_VERSION": "13",
}  # fmt: skip


@pytest.fixture
def line():
    """(our socket, the peer's end of it), shaken hands."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(PATIENCE)
    ws = SafeSocket({**ASKED, "werkzeug.socket": ours})
    assert b" 101 " in theirs.recv(4096)
    yield ws, theirs
    theirs.close()
    until(lambda: not ws.connected)


@pytest.fixture
def beaten(monkeypatch):
    """Lets pass what a heartbeat does to sockets that hang, until this one is ended."""
    monkeypatch.setattr("crm.realtime.socket.STUCK_SECONDS", 0.3)

    def beat(ws: SafeSocket) -> None:
        def look() -> bool:
            if ws.stuck():
                ws.end(SLOW)
            return not ws.connected

        until(look)

    return beat


def all_of(theirs: socket.socket) -> bytes:
    heard = b""
    while part := theirs.recv(65536):
        heard += part
    return heard


def sent(frame: object) -> bytes:
    """As a browser sends it, under a mask of zeros."""
    content = json.dumps(frame).encode()
    return bytes([0x81, 0x80 | len(content), 0, 0, 0, 0]) + content


def test_frames_of_several_threads_leave_whole_and_each_threads_in_order(line):
    ws, theirs = line
    writer = threading.Thread(target=ws.write)
    writer.start()
    talkers = [threading.Thread(target=lambda n=n: [ws.push(encode(f"{n}-{i:02}")) for i in range(40)]) for n in "abcd"]
    for talker in talkers:
        talker.start()
    for talker in talkers:
        talker.join()
    until(lambda: ws.queued_frames == 0)
    ws.end(GOING_AWAY)
    heard = all_of(theirs)
    writer.join(PATIENCE)
    frames, close = heard[: 160 * 6], heard[160 * 6 :]
    words = [frames[at + 2 : at + 6].decode() for at in range(0, len(frames), 6)]
    assert all([word for word in words if word[0] == n] == [f"{n}-{i:02}" for i in range(40)] for n in "abcd")
    assert close[0] == 0x88 and struct.unpack("!H", close[2:4])[0] == GOING_AWAY and not writer.is_alive()


def test_what_was_queued_before_the_end_is_told_and_nothing_after_it(line):
    ws, theirs = line
    ws.push(encode("before"))
    ws.end(GOING_AWAY)
    ws.push(encode("after"))
    ws.write()
    heard = all_of(theirs)
    assert b"before" in heard and b"after" not in heard and not ws.connected


def test_who_reads_slowly_when_the_process_leaves_hears_the_rest_and_why(line):
    ws, theirs = line
    for _ in range(3):
        ws.push(encode("x" * 240_000))
    writer = threading.Thread(target=ws.write)
    writer.start()
    until(lambda: ws.sending_since is not None)
    ws.end(GOING_AWAY)
    heard = all_of(theirs)
    writer.join(PATIENCE)
    assert heard.count(b"x") == 720_000 and struct.pack("!H", GOING_AWAY) in heard[-20:]


@pytest.mark.parametrize("size", [10, 60_000])
def test_who_does_not_read_is_ended_and_holds_no_more_than_is_allowed(line, size, beaten):
    ws, _ = line
    writer = threading.Thread(target=ws.write)
    writer.start()
    frame = encode("x" * size)
    for _ in range(100_000):
        ws.push(frame)
        assert ws.queued_frames <= MAX_QUEUED_FRAMES and ws.queued_bytes <= MAX_QUEUED_BYTES
        if not ws.connected:
            break
    beaten(ws)
    writer.join(PATIENCE)
    assert not writer.is_alive()


def test_who_hangs_in_what_was_queued_before_its_end_is_cut(line, beaten):
    ws, _ = line
    for _ in range(12):
        ws.push(encode("x" * 60_000))
    ws.end(GOING_AWAY)
    writer = threading.Thread(target=ws.write)
    writer.start()
    until(lambda: ws.stuck())
    assert ws.connected
    beaten(ws)
    writer.join(PATIENCE)
    assert not writer.is_alive()


def test_one_frame_waits_for_whoever_listens_later_and_the_rest_are_theirs(line):
    ws, theirs = line
    theirs.sendall(sent({"bearer": "first"}) + sent({"bearer": "second"}))
    until(lambda: ws.early is not None)
    heard: list[object] = []
    ws.on_frame = heard.append
    theirs.sendall(sent({"typing": "chat"}))
    until(lambda: heard)
    assert ws.early == {"bearer": "first"} and heard[-1] == {"typing": "chat"}


def test_what_waits_reaches_the_writer_in_order_and_whole():
    box, taken = Waiting(), []

    def take():
        while (frame := box.get()) is not None:
            taken.append(frame)

    writer = threading.Thread(target=take)
    writer.start()
    for number in range(1000):
        box.put(str(number).encode())
    box.put(None)
    writer.join(PATIENCE)
    assert taken == [str(number).encode() for number in range(1000)]


def test_nobody_is_looked_at_who_left_while_they_waited_for_their_turn(app):
    ours, theirs = socket.socketpair()
    with app.test_request_context(environ_base={"gunicorn.socket": ours}):
        assert still_connected()
        theirs.sendall(sent({"typing": "chat"}))
        assert still_connected(), "what was sent already waits unread"
        ours.recv(1000)
        theirs.close()
        with pytest.raises(ClientDisconnected), in_turn(still_connected):
            pytest.fail("looked at")
        for _ in range(20):  # nobody's place is kept for who has gone
            with suppress(ClientDisconnected), in_turn(still_connected):
                pass
    ours.close()
