"""A thread as the browser shows it: what static/live.js and htmx's upsert do with frames and answers, without a browser."""

import html
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

START = '<li id="message-'
SEQ = re.compile(r'data-seq="(\d+)"')
AT = re.compile(r'data-at="(\d+)"')
KIND = re.compile(r'data-kind="(\w+)"')
TEXT = re.compile(r'<p class="bubble-text">(.*?)</p>', re.DOTALL)


@dataclass
class Bubble:
    """`seq` is None while it waits for the server; `text` is None for a deleted message and for a line of the system's.

    `at` is the position of its last change.
    """

    id: str
    seq: int | None
    kind: str
    text: str | None
    at: int = 0


def bubbles(fragment: str) -> Iterator[Bubble]:
    for part in fragment.split(START)[1:]:
        seq, kind, text, at = SEQ.search(part), KIND.search(part), TEXT.search(part), AT.search(part)
        assert seq and kind and at, part[:200]
        yield Bubble(part[:36], int(seq[1]), kind[1], html.unescape(text[1]) if text else None, int(at[1]))


class Thread:
    """`items` stand in the order of the page. `take` says what to do about a frame: None, or seconds until it has to ask."""

    def __init__(self) -> None:
        self.position, self.ahead = 0, set[int]()
        self.items: list[Bubble] = []

    def index(self, id: str) -> int | None:
        return next((at for at, item in enumerate(self.items) if item.id == id), None)

    def upsert(self, fragment: str) -> list[Bubble]:
        """What is older than what stands here is left out; one that was on its way makes room for the server's.

        An element with the same id is replaced where it stands; a new one goes before the first with a larger seq.
        """
        shown = [bubble for bubble in bubbles(fragment) if self.take_newer(bubble)]
        for bubble in shown:
            known = self.index(bubble.id)
            if known is not None:
                self.items[known] = bubble
                continue
            after = (at for at, item in enumerate(self.items) if item.seq is None or item.seq > (bubble.seq or 0))
            self.items.insert(next(after, len(self.items)), bubble)
        return shown

    def take_newer(self, bubble: Bubble) -> bool:
        known = self.index(bubble.id)
        if known is not None and self.items[known].seq is None:
            del self.items[known]
        elif known is not None and self.items[known].at > bubble.at:
            return False
        return True

    def wait_for(self, id: str, kind: str, text: str) -> None:
        """The bubble of a message that is on its way."""
        if self.index(id) is None:
            self.items.append(Bubble(id, None, kind, text))

    def take(self, frame: dict[str, Any]) -> float | None:
        position = frame.get("position")
        if position is None:
            return None
        if frame.get("alive"):
            return 0.0 if position > self.position else None
        if position <= self.position:
            return None
        self.ahead.add(-position if frame.get("ask") else position)
        self.advance()
        return None if not self.ahead else 0.0 if frame.get("ask") else 0.2

    def advance(self) -> None:
        while self.position + 1 in self.ahead:
            self.ahead.discard(self.position + 1)
            self.position += 1
        self.ahead = {seen for seen in self.ahead if abs(seen) > self.position}


def new_id() -> str:
    return str(uuid.uuid4())
