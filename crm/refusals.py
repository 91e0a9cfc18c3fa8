"""What was refused for being too often is refused again for as long as that was said to last, before anything is looked
up: a program that sends five hundred times a second must not take the others' time.

Only refusals that concern the very sender are kept (by bearer or cookie), and in this process alone.
"""

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import request

from .extensions import limiter

MOST = 2_000
NOT_AGAIN = ("retry-after", "set-cookie", "x-request-id")
WHO = ("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "HTTP_AUTHORIZATION", "HTTP_COOKIE")
HOW = ("HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_HX_REQUEST")


@dataclass(frozen=True)
class Refusal:
    until: float
    status: str
    headers: list[tuple[str, str]]
    body: bytes


class Refusals:
    def __init__(self, wsgi_app: Any):
        self.wsgi_app = wsgi_app
        self.known: dict[tuple[str, ...], Refusal] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        key = sender(environ)
        known = self.known.get(key) if key else None
        if known and known.until > time.monotonic():
            left = math.ceil(known.until - time.monotonic())
            start_response(known.status, [*known.headers, ("Retry-After", str(left))])
            return [known.body]
        return self.ask(key, environ, start_response)

    def ask(self, key: tuple[str, ...] | None, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        said: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            said[:] = [status, [(name, value) for name, value in headers if name.lower() not in NOT_AGAIN]]
            return start_response(status, headers, *rest)

        answer = self.wsgi_app(environ, start)
        seconds = environ.get("crm.refused_for")
        if key is None or not seconds:
            return answer
        body = b"".join(answer)
        if len(self.known) >= MOST:
            self.known.clear()
        self.known[key] = Refusal(time.monotonic() + seconds, said[0], said[1], body)
        return [body]


def sender(environ: dict[str, Any]) -> tuple[str, ...] | None:
    if not (environ.get("HTTP_AUTHORIZATION") or environ.get("HTTP_COOKIE")):
        return None
    return tuple(environ.get(name, "") for name in WHO + HOW)


def seconds_left() -> int:
    """Until the limit that was broken lets somebody through again."""
    broken = limiter.current_limit
    return max(1, math.ceil(broken.reset_at - time.time())) if broken else 60


def keep_refusing(seconds: int) -> None:
    """For the error at hand: whoever sent this would be refused for that long, whatever else they send there."""
    request.environ["crm.refused_for"] = seconds
