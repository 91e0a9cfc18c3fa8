"""What the clients did, on disk before they go on: one JSON object a line, synced in groups."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event


class Ledger:
    """`sure` returns when the line is on the disk; `note` does not wait."""

    def __init__(self, path: Path):
        self.file = path.open("ab", buffering=0)
        self.lines: list[bytes] = []
        self.written, self.wanted = Event(), Event()
        gevent.spawn(self.run)

    def note(self, what: str, **facts: Any) -> None:
        self.lines.append(json.dumps({"what": what, "at": round(time.monotonic(), 4), **facts}).encode() + b"\n")
        self.wanted.set()

    def sure(self, what: str, **facts: Any) -> None:
        self.note(what, **facts)
        self.written.wait()

    def run(self) -> None:
        """Everything that has gathered goes to the disk in one go, beside the loop."""
        while True:
            self.wanted.wait()
            self.wanted.clear()
            lines, self.lines = self.lines, []
            waiting, self.written = self.written, Event()
            gevent.get_hub().threadpool.apply(self.keep, (b"".join(lines),))
            waiting.set()

    def keep(self, content: bytes) -> None:
        self.file.write(content)
        os.fdatasync(self.file.fileno())


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The whole lines; the last one may be half."""
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)
