"""A line between a browser and the server that can fall silent, be cut, or lose an answer that was on its way."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit


class Line:
    """Hands on every byte from its own port to `server`'s; `url` is where a browser reaches the server through it."""

    def __init__(self, server: str):
        self.server = ("127.0.0.1", urlsplit(server).port)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        self.wires: list[Wire] = []
        self.state = "whole"
        self.doomed: bytes | None = None
        self.lost = 0
        threading.Thread(target=self.welcome, daemon=True).start()

    def welcome(self) -> None:
        with suppress(OSError):
            while True:
                browser, _address = self.door.accept()
                try:
                    self.take(browser)
                except OSError:  # the server is away
                    browser.close()

    def take(self, browser: socket.socket) -> None:
        if self.state == "cut":
            return browser.close()
        self.wires.append(wire := Wire(self, browser))
        wire.silent |= self.state == "silent"  # meanwhile
        if self.state == "cut":
            wire.end()

    def fall_silent(self) -> None:
        """From now on nothing gets through, and neither side is told: what a laptop's sleep or a dead router does."""
        self.state = "silent"
        for wire in self.wires:
            wire.silent = True

    def cut(self) -> None:
        """Every connection ends, and new ones are refused."""
        self.state = "cut"
        for wire in self.wires:
            wire.end()

    def heal(self) -> None:
        """New connections work again; those that fell silent stay so, as after a new address of the laptop's."""
        self.state = "whole"

    def lose_answer(self, request: bytes) -> None:
        """The next request that contains `request` reaches the server, and its answer is cut off."""
        self.doomed = request

    def close(self) -> None:
        self.door.close()
        self.cut()


class Wire:
    def __init__(self, line: Line, browser: socket.socket):
        self.line, self.browser = line, browser
        self.silent, self.doomed = line.state == "silent", False
        self.server = socket.create_connection(line.server)
        for turn in (self.ask, self.answer):
            threading.Thread(target=turn, daemon=True).start()

    def ask(self) -> None:
        with suppress(OSError):
            while content := self.browser.recv(65536):
                if self.line.doomed and self.line.doomed in content:
                    self.line.doomed, self.doomed = None, True
                if not self.silent:
                    self.server.sendall(content)
        self.end()

    def answer(self) -> None:
        with suppress(OSError):
            while content := self.server.recv(65536):
                if self.doomed:
                    self.line.lost += 1
                    break
                if not self.silent:
                    self.browser.sendall(content)
        if not self.silent:
            self.end()

    def end(self) -> None:
        for side in (self.browser, self.server):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()
