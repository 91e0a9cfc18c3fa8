"""The least HTTP and WebSocket client that measures without costing much itself: gevent and bytes."""

import base64
import os
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from gevent import socket

Address = tuple[str, int]


class Answer(NamedTuple):
    status: int
    head: bytes
    body: bytes


class Http:
    """One kept-alive connection, as a browser holds it; opened again when the server has closed it."""

    def __init__(self, address: Address):
        self.address = address
        self.sock: Any = None

    def ask(self, request: bytes) -> Answer:
        if self.sock is not None:
            try:
                return self.exchange(request)
            except OSError:
                self.sock = None
        self.sock = connect(self.address)
        return self.exchange(request)

    def exchange(self, request: bytes) -> Answer:
        self.sock.sendall(request)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self.more()
        head, body = received[:end], received[end + 4 :]
        length = int(field(head, b"content-length") or 0)
        while len(body) < length:
            body += self.more()
        if field(head, b"connection") == b"close":
            self.sock.close()
            self.sock = None
        return Answer(int(head[9:12]), head, body)

    def more(self) -> bytes:
        received = self.sock.recv(262_144)
        if not received:
            raise ConnectionError("closed")
        return received


def connect(address: Address, source: str | None = None) -> socket.socket:
    sock = socket.create_connection(address, source_address=(source, 0) if source else None)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def field(head: bytes, name: bytes) -> bytes:
    """A header's value, or nothing."""
    at = head.lower().find(b"\r\n" + name + b":")
    return head[at + len(name) + 3 :].split(b"\r\n", 1)[0].strip() if at >= 0 else b""


def get(path: str, host: str, headers: dict[str, str]) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{lines(headers)}\r\n".encode()


def post(path: str, host: str, headers: dict[str, str], fields: dict[str, str]) -> bytes:
    """A form as the pages send it when no file goes with it."""
    body = urlencode(fields).encode()
    sent = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body)), **headers}
    return f"POST {path} HTTP/1.1\r\nHost: {host}\r\n{lines(sent)}\r\n".encode() + body


def lines(headers: dict[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


class Socket:
    """A WebSocket that answers pings."""

    def __init__(self, address: Address, path: str, headers: dict[str, str], source: str | None = None):
        self.sock = connect(address, source)
        host = f"{address[0]}:{address[1]}"
        key = base64.b64encode(os.urandom(16)).decode()
        sent = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key,
        }
        sent |= {"Origin": f"http://{host}", **headers}
        self.sock.sendall(get(path, host, sent))
        self.buffer = b""
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            self.fill()
        if b" 101 " not in self.buffer[:20]:
            raise ConnectionError(self.buffer[:200].decode(errors="replace"))
        self.buffer = self.buffer[end + 4 :]

    def fill(self) -> None:
        received = self.sock.recv(65536)
        if not received:
            raise ConnectionError("closed")
        self.buffer += received

    def send(self, text: bytes, opcode: int = 1) -> None:
        """Masked with zeros, which changes nothing and costs nothing."""
        size = len(text)
        head = (
            struct.pack("!BB", 0x80 | opcode, 0x80 | size)
            if size < 126
            else struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
        )
        self.sock.sendall(head + b"\0\0\0\0" + text)

    def frames(self) -> Iterator[bytes]:
        """The text frames, until the server closes."""
        while True:
            frame = self.next_frame()
            if frame is None:
                try:
                    self.fill()
                except OSError:
                    return
                continue
            opcode, content = frame
            if opcode == 1:
                yield content
            elif opcode == 9:
                self.send(content, opcode=10)
            elif opcode == 8:
                return

    def next_frame(self) -> tuple[int, bytes] | None:
        have = len(self.buffer)
        if have < 2:
            return None
        size, start = self.buffer[1], 2
        if size == 126:
            size, start = (struct.unpack_from("!H", self.buffer, 2)[0] if have >= 4 else 65535), 4
        elif size == 127:
            size, start = (struct.unpack_from("!Q", self.buffer, 2)[0] if have >= 10 else 1 << 60), 10
        if have < start + size:
            return None
        opcode, content = self.buffer[0] & 15, self.buffer[start : start + size]
        self.buffer = self.buffer[start + size :]
        return opcode, content
