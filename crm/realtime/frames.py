"""What goes down a socket: small JSON objects that htmx's hx-ws understands, encoded once for everybody.

`position` is the audience's number of this change, one more than the one before; `content` with `target`
and `swap` is a fragment; `refresh` names parts of the page to load again; `signal` is for the page's script.
"""

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import g, has_app_context

from ..extensions import bell
from .topics import Topic

SORTED = "upsert key:data-seq sort"
PING = b"\x89\x00"


def upsert(topic: Topic, target: str, content: str, position: int | None = None) -> None:
    """Show a fragment inside the list `#target`: in its place by data-seq, or instead of the one with its id."""
    publish(topic, {"position": position, "target": f"#{target}", "swap": SORTED, "content": content})


def refresh(topic: Topic, *parts: str, position: int | None = None) -> None:
    """Tell pages to load the parts named so again (`data-refresh="queue"`)."""
    publish(topic, {"position": position, "refresh": list(parts)})


def signal(topic: Topic, signal: str, /, **facts: Any) -> None:
    """Something for the page's script: typing, a sound, a badge."""
    publish(topic, {"signal": signal, **facts})


def publish(topic: Topic, frame: dict[str, Any]) -> None:
    """Ring the bell for everybody who listens to `topic`, on any machine; this process delivers by itself if it is dead."""
    text = json.dumps({key: value for key, value in frame.items() if value is not None}, separators=(",", ":"))
    waiting = g.get("frames") if has_app_context() else None
    if waiting is None:
        ring([(topic, text)])
    else:
        waiting.append((topic, text))


@contextmanager
def together() -> Iterator[None]:
    """Publish what is published inside in one round trip at the end, each frame once."""
    g.frames = []
    try:
        yield
    finally:
        frames = list(dict.fromkeys(g.pop("frames")))
        if frames:
            ring(frames)


def ring(frames: list[tuple[Topic, str]]) -> None:
    from .hub import channel, hub

    if not bell.publish_all([(channel(topic.tenant_id), f"{topic}\n{text}") for topic, text in frames]):
        hub.owed = True
        for topic, text in frames:
            hub.deliver(str(topic), text)


def encode(text: str) -> bytes:
    """One unmasked text frame (RFC 6455, 5.2): the same bytes for every socket of a topic."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x81, size) + payload
    if size < 65536:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload
