"""A socket with the audience it was opened for."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from .frames import PING, encode
from .socket import SLOW, SafeSocket
from .topics import Topic, position_sources


@dataclass(eq=False, slots=True)
class Stream:
    """`allowed` looks whether the person may still listen; it is asked within the tenant, after every revocation."""

    ws: SafeSocket
    tenant_id: UUID
    topics: tuple[Topic, ...]
    allowed: Callable[[], bool]
    person_id: UUID | None = None
    authorised_at: float = field(default_factory=time.monotonic)
    unanswered: int = field(default=0)

    def beat(self, positions: dict[Topic, int], poll: bool) -> None:
        """One heartbeat: the position of the topic that has one, a ping, and while the bell is down a refresh."""
        if self.ws.pong_received:
            self.unanswered = 0
        self.unanswered += 1
        if self.unanswered > 12 if poll else self.unanswered > 3:
            return self.ws.end(SLOW)
        self.ws.pong_received = False
        frame: dict[str, Any] = {"alive": 1}
        for topic in self.topics:
            if topic in positions:
                frame["position"] = positions[topic]
            elif poll and topic.kind not in position_sources:
                frame["refresh"] = ["all"]
        self.ws.push(encode(json.dumps(frame, separators=(",", ":"))) + PING)
