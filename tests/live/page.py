"""An open conversation as its page keeps it: fed by frames, and by asking for what was missed (see bench/faults/page.py)."""

import http.client
import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import websocket
from websocket import ABNF

from bench.faults.page import Thread
from tests.live.server import Browser, Line


class Page:
    """`path` is the conversation's below the workspace's. It is open from the start; `leave` and `come_back` at will."""

    def __init__(self, browser: Browser, path: str):
        self.browser, self.path, self.thread = browser, path, Thread()
        self.line: Line | None = None
        self.come_back()

    @property
    def shown(self) -> list[tuple[str, str | None]]:
        """(client_id, text) of each message; None for one that was deleted. Lines of the system's are left out."""
        return [(item.id, item.text) for item in self.thread.items if item.kind != "system"]

    def leave(self) -> None:
        if self.line:
            with suppress(OSError):
                self.line.socket.close(timeout=0)
        self.line = None

    def cut(self) -> None:
        """The network goes away under it: nobody says goodbye."""
        if self.line:
            self.line.socket.shutdown()

    def come_back(self) -> None:
        self.line = insist(lambda: self.browser.listen(f"{self.path}/live"))
        self.catch_up()

    def catch_up(self) -> None:
        more = True
        while more:
            address = f"{self.path}/changes?after={self.thread.position}"
            status, body, headers = insist(lambda address=address: self.browser.ask_whole("GET", address))
            assert status == 200, (status, body)
            self.thread.upsert(body)
            self.thread.position = max(self.thread.position, int(headers["X-Position"]))
            self.thread.advance()
            more = headers.get("X-More") == "1"

    def listen(self, seconds: float) -> None:
        """Take one frame, if there is one within that time; a socket that ended is opened again, as every page does."""
        assert self.line
        self.line.socket.settimeout(seconds)
        try:
            opcode, content = self.line.socket.recv_data()
        except websocket.WebSocketTimeoutException:
            return
        except (websocket.WebSocketException, OSError):
            return self.come_back()
        if opcode == ABNF.OPCODE_CLOSE:
            return self.come_back()
        frame = json.loads(content)
        if "content" in frame:
            self.thread.upsert(frame["content"])
        if self.thread.take(frame) is not None:
            self.catch_up()

    def shows(self, wanted: list[tuple[str, str | None]], seconds: float) -> bool:
        """Whether it comes to show just that within that time."""
        end = time.monotonic() + seconds
        while self.shown != wanted and time.monotonic() < end:
            self.listen(0.05)
        return self.shown == wanted


def insist(act: Callable[[], Any]) -> Any:
    """Do it again when the connection fails, as a browser's user or script does."""
    for _ in range(10):
        with suppress(http.client.HTTPException, websocket.WebSocketException, OSError):
            return act()
        time.sleep(0.2)
    return act()
