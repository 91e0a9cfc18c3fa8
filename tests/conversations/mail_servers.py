"""Real mail servers on loopback: an IMAP server that one can write into, and ours that listens."""

import asyncio
import imaplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask

from crm.conversations.received.listener import listen
from crm.ops.folder import free_port


class Imap:
    """pymap, which forgets everything, also its UIDVALIDITY, when it ends."""

    def __init__(self) -> None:
        self.port, self.process = free_port(), None

    def start(self) -> None:
        program = [
            str(Path(sys.executable).with_name("pymap")),
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--no-tls",
            "dict",
        ]
        program += ["--demo-data", "--demo-user", "help", "--demo-password", "secret"]
        self.process: subprocess.Popen[bytes] | None = subprocess.Popen(
            program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 60
        while not self.answers():
            assert time.monotonic() < until, "The IMAP server did not start."
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=20) as line:
                return line.recv(4) == b"* OK"
        except OSError:
            return False

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def put(self, *mails: bytes) -> None:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=20) as line:
            line.login("help", "secret")
            for raw in mails:
                state, said = line.append("INBOX", "", "", raw)
                assert state == "OK", said


@contextmanager
def imap_server() -> Iterator[Imap]:
    server = Imap()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def listening(app: Flask, scheme: str = "smtp") -> Iterator[int]:
    """Our own server in a thread; its port."""
    port, loop = free_port(), asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    opening = asyncio.run_coroutine_threadsafe(listen(app, f"{scheme}://127.0.0.1:{port}"), loop)
    server: Any = opening.result(60)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()


@contextmanager
def silent_server() -> Iterator[int]:
    """Takes connections and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield int(server.getsockname()[1])


LYING = {b"EXAMINE": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 1] so\r\n", b"SEARCH": b"* SEARCH 1\r\n",
         b"SIZE": b"* 1 FETCH (UID 1 RFC822.SIZE 100)\r\n", b"BODY": b"* 1 FETCH (UID 1 BODY[] {3000000000}\r\n"}  # fmt: skip


@contextmanager
def lying_imap_server() -> Iterator[int]:
    """Whose mail of 100 bytes is one of 3 GB; at this port, for one line."""

    def talk() -> None:
        line, _ = door.accept()
        with line, line.makefile("rb") as asked:
            line.sendall(b"* OK hello\r\n")
            for command in asked:
                said = next((LYING[word] for word in LYING if word in command.upper()), b"* CAPABILITY IMAP4rev1\r\n")
                done = b"" if b"BODY" in command else command.split()[0] + b" OK done\r\n"
                line.sendall(said + done)

    with socket.create_server(("127.0.0.1", 0)) as door:
        Thread(target=talk, daemon=True).start()
        yield int(door.getsockname()[1])
