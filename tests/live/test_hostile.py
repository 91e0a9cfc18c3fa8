"""What strangers send down a socket, and readers that do not read: it costs them their line, and nobody else anything."""

import json
import os
import socket
import struct
import threading
import time
from pathlib import Path

import pytest
import websocket

from tests.live.server import PATIENCE, until

pytestmark = [pytest.mark.committed, pytest.mark.live]
TEXT, BINARY, CONTINUED, CLOSE, PING = 0x1, 0x2, 0x0, 0x8, 0x9


def frame(content: bytes, opcode: int = TEXT, final: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    """One frame as a client sends it, or as it must not."""
    first = (0x80 if final else 0) | reserved | opcode
    size, mask = len(content), os.urandom(4)
    lengths = (
        struct.pack("!B", size)
        if size < 126
        else struct.pack("!BH", 126, size)
        if size < 65536
        else struct.pack("!BQ", 127, size)
    )
    head = bytes([first, lengths[0] | (0x80 if masked else 0)]) + lengths[1:]
    if not masked:
        return head + content
    return head + mask + bytes(one ^ mask[n % 4] for n, one in enumerate(content))


REFUSED = {
    "no JSON": frame(b"nonsense"),
    "a list": frame(b"[]"),
    "a number": frame(b"5"),
    "nothing": frame(b""),
    "deep": frame(b"[" * 20_000),
    "binary": frame(b"{}", BINARY),
    "invalid UTF-8": frame(b'{"typing": "\xff\xfe"}'),
    "half a sign at the end": frame('{"typing": "ü"}'.encode()[:13]),
    "64 KB and one": frame(b'{"a":"' + b"x" * (64 * 1024 - 7) + b'"}'),
    "64 KB in pieces": frame(b'{"a":"', final=False) + frame(b"x" * 40_000, CONTINUED, False) * 2,
    "10,000 fragments": frame(b"{", final=False) + frame(b"", CONTINUED, False) * 10_000 + frame(b"", CONTINUED),
    "not masked": frame(b"{}", masked=False),
    "reserved bits": frame(b"{}", reserved=0x40),
    "unknown kind": frame(b"{}", opcode=0x3),
    "unknown control": frame(b"{}", opcode=0xB),
    "a long ping": frame(b"x" * 126, PING),
    "a ping in pieces": frame(b"x", PING, final=False),
    "a continuation of nothing": frame(b"{}", CONTINUED),
    "a text within a text": frame(b"{", final=False) + frame(b"{}"),
    "an impossible length": bytes([0x81, 0xFF]) + b"\xff" * 8 + b"mask",
    "a close with half a code": frame(b"\x03", CLOSE),
    "a close with a forbidden code": frame(struct.pack("!H", 1005), CLOSE),
    "a close with a reason that is no text": frame(struct.pack("!H", 1000) + b"\xff", CLOSE),
    "an HTTP request": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "zeros": b"\x00" * 1_000,
}


def test_what_is_not_understood_ends_the_line_and_tells_nothing(server, house):
    witness = house.boss.listen(house.path)
    for what, content in REFUSED.items():
        line = house.browser.listen(house.path)
        line.raw(content)
        code, reason = line.ended()
        assert code in (None, 1002, 1003, 1005, 1007, 1009, 4001, 4008, 1000), what
        assert reason in ("", "not understood", "too slow"), (what, reason)
    assert witness.alive()
    assert "Traceback" not in server.logged()


IGNORED = ["{}", '{"unknown": 1}', '{"typing": 5}', '{"typing": ["chat"]}', '{"typing": {"a": 1}}', '{"typing": true}']
IGNORED += [
    '{"seq": -1}',
    '{"seq": 9223372036854775808, "position": 1e999}',
    '{"topic": "*", "subscribe": "rapport:*"}',
]
IGNORED += ['{"typing": null, "a": NaN}']


def test_unknown_and_mistyped_frames_are_ignored(house):
    line, witness = house.browser.listen(house.path), house.boss.listen(house.path)
    for content in IGNORED:
        line.raw(frame(content.encode()))
    assert line.alive()
    assert all("signal" not in one for one in witness.frames(0.5))
    line.raw(frame(b'{"typing": "chat"}'))
    assert witness.wait_for(lambda one: one.get("signal") == "typing")["name"] == "Anna"


def test_a_frame_may_come_byte_by_byte(house):
    line, witness = house.browser.listen(house.path), house.boss.listen(house.path)
    for one in frame(b'{"typing": "chat"}'):
        line.raw(bytes([one]))
        time.sleep(0.005)
    assert witness.wait_for(lambda one: one.get("signal") == "typing")


def where(line) -> int:
    """The position that its first heartbeat tells."""
    return line.wait_for(lambda one: "position" in one)["position"]


def heard(house, line, position: int, body: str = "Still there?") -> dict:
    """Say something that gets this position; the frame with it, or a heartbeat that tells of it: then a page would look."""
    assert house.browser.say(house.number, body) == 201
    return line.wait_for(lambda one: one.get("position", 0) >= position)


FLOODS = {
    "pings": frame(b"x" * 100, PING) * 200,
    "empty fragments": frame(b"", CONTINUED, False) * 500,
    "typing": frame(b'{"typing": "chat"}') * 100,
}


def test_a_flood_holds_up_nobody(house):
    """Sixteen lines that send as fast as they can, while others talk."""
    witness = house.boss.listen(house.path)
    lines = [(house.browser.listen("/live"), content) for content in FLOODS.values() for _ in range(6)]
    ended = time.monotonic() + 3

    def flood(line, content):
        try:
            if content is FLOODS["empty fragments"]:
                line.raw(frame(b"{", final=False))
            while time.monotonic() < ended:
                line.raw(content)
        except OSError:
            pass

    threads = [threading.Thread(target=flood, args=pair, daemon=True) for pair in lines]
    for thread in threads:
        thread.start()
    first = where(witness) + 1
    frames = [heard(house, witness, position) for position in range(first, first + 15)]
    for line, _ in lines:
        line.close()
    for thread in threads:
        thread.join(5)
    assert sum("content" in one for one in frames) >= 10, "nearly all are heard at once"
    assert witness.alive() and house.browser.listen("/live").alive()


def small_reader(browser, path) -> websocket.WebSocket:
    """A socket whose kernel takes hardly anything that is not read."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", browser.server.port))
    return browser.listen(path, socket=raw)


def established(server, port: int) -> bool:
    """Whether the server's end of the line from `port` is open, by the kernel's own table."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours, theirs = f":{server.port:04X}", f":{port:04X}"
    return any(row[1].endswith(ours) and row[2].endswith(theirs) and row[3] == "01" for row in rows)


def test_a_peer_that_never_reads_loses_its_line_and_holds_up_nobody(server, house):
    lazy, witness = small_reader(house.browser, house.path), house.boss.listen(house.path)
    port, began, position = lazy.port, time.monotonic(), where(witness)
    while established(server, port) and time.monotonic() - began < 40:
        position = heard(house, witness, position + 1, "<" * 9_000)["position"]
        time.sleep(0.15)
    assert not established(server, port)
    assert house.browser.listen(house.path).alive()


def test_a_slow_reader_gets_every_frame_whole_and_in_order(house):
    """Under gevent `send` is partial: a stream was corrupt after ten frames of this size."""
    slow = small_reader(house.browser, house.path)
    words = [os.urandom(4).hex() for _ in range(12)]
    for word in words:
        assert house.browser.say(house.number, word + "&" * 9_000) == 201
    slow.socket.settimeout(PATIENCE)
    found = []
    while len(found) < len(words):
        content = slow.socket.recv()
        time.sleep(0.05)
        whole = json.loads(content).get("content", "")
        found += [word for word in words if word in whole]
        assert not whole or whole.count("&amp;") >= 9_000 or "system" in whole
    assert found == words


def test_a_line_that_is_cut_is_forgotten(server, house):
    lines = [house.browser.listen("/live") for _ in range(10)]
    ports = [line.port for line in lines]
    for line in lines[:5]:
        line.socket.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.socket.sock.close()
    for line in lines[5:]:
        line.socket.sock.shutdown(socket.SHUT_WR)
    until(
        lambda: not any(established(server, port) for port in ports), otherwise="the server keeps lines that are gone"
    )
