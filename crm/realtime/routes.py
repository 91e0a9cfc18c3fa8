"""Opening a socket: the Origin, then who it is, then the upgrade; everything refused is refused as plain HTTP.

A page without a cookie cannot say who it is before the upgrade: it says so in its first frame, within five seconds.
"""

import logging
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, Flask, abort, current_app, g, request
from werkzeug.exceptions import ClientDisconnected, HTTPException, ServiceUnavailable

from ..db import let_go
from ..extensions import sock
from .hub import hub
from .socket import REFUSED, TRY_AGAIN, SafeSocket
from .streams import Stream
from .topics import Topic

log = logging.getLogger(__name__)

FIRST_FRAME_SECONDS = 5.0
LONGEST_WAIT = 20.0
PERSONAL = ("_login_user", "sessions", "actor", "visitor", "audience")  # rows that a socket need not hold for hours
openings = threading.BoundedSemaphore(6)


@dataclass(frozen=True)
class Audience:
    """What a socket listens to, decided by the server from the record just authorised.

    `on_frame(frame)` takes what the page sends (typing): a JSON object from a stranger. It runs outside
    any request, without a database session. `allowed()` is asked again after every revocation.
    """

    topics: tuple[Topic, ...]
    allowed: Callable[[], bool]
    person_id: UUID | None = None
    on_frame: Callable[[dict[str, Any]], None] | None = None


rules: dict[str, Callable[..., Audience]] = {}


def live(bp: Blueprint, path: str) -> Callable[[Any], Any]:
    """Make a socket's route of a function that authorises and returns its Audience (or aborts, before the upgrade)."""

    def decorate(authorise: Callable[..., Audience]) -> Callable[..., Audience]:
        def socket(ws: SafeSocket, **_: Any) -> None:
            run(ws, g.audience)

        socket.__name__ = authorise.__name__
        rules[f"{bp.name}.{authorise.__name__}"] = authorise
        sock.route(path, bp=bp)(socket)
        return authorise

    return decorate


def live_by_frame(bp: Blueprint, path: str) -> Callable[[Any], Any]:
    """Like `live` for pages without a cookie: `authorise(frame, **path)` reads who it is from the first frame.

    Until then the socket hears nothing and belongs to nobody; an HTTPException closes the socket with 4001, anything else
    (the database is away) with 1013: a page connects again by itself.
    """

    def decorate(authorise: Callable[..., Audience]) -> Callable[..., Audience]:
        def socket(ws: SafeSocket, **view_args: Any) -> None:
            audience = introduced(ws, authorise, view_args)
            if audience:
                run(ws, audience)
            else:
                ws.end(REFUSED)
                ws.write()

        socket.__name__ = authorise.__name__
        strangers.add(f"{bp.name}.{authorise.__name__}")
        sock.route(path, bp=bp)(socket)
        return authorise

    return decorate


strangers: set[str] = set()


def introduced(ws: SafeSocket, authorise: Callable[..., Audience], view_args: dict[str, Any]) -> Audience | None:
    frames: list[dict[str, Any]] = []
    arrived = threading.Event()

    def take(frame: dict[str, Any]) -> None:
        if not arrived.is_set():
            frames.append(frame)
            arrived.set()

    ws.on_frame = take
    if ws.early is not None:
        take(ws.early)
    try:
        return look_at(ws, authorise, frames[0], view_args) if arrived.wait(FIRST_FRAME_SECONDS) else None
    finally:
        ws.on_frame = None


def look_at(
    ws: SafeSocket, authorise: Callable[..., Audience], frame: dict[str, Any], view_args: dict[str, Any]
) -> Audience | None:
    try:
        with in_turn(lambda: ws.connected):
            g.authorised_at = time.monotonic()
            return authorise(frame, **view_args)
    except ServiceUnavailable:
        ws.end(TRY_AGAIN)
    except HTTPException:
        return None
    except Exception:
        log.exception("A socket could not be authorised.")
        ws.end(TRY_AGAIN)  # nothing is wrong with who asks
    return None


@contextmanager
def in_turn(is_there: Callable[[], bool]) -> Iterator[None]:
    """A few are looked at together, each with a database connection: when a crowd comes back, the rest of the pool stays
    for those who read and write. Raises ServiceUnavailable after a long wait, and ClientDisconnected for who left meanwhile:
    after an outage most have, and come again."""
    if not openings.acquire(timeout=LONGEST_WAIT):
        raise ServiceUnavailable()
    try:
        if not is_there():
            raise ClientDisconnected()
        yield
    finally:
        try:
            let_go()
        finally:
            openings.release()


def init_app(app: Flask) -> None:
    hub.init_app(app)
    app.before_request(authorise_socket)


def authorise_socket() -> None:
    if request.endpoint not in rules and request.endpoint not in strangers:
        return
    if not same_origin(request.headers.get("Origin")):
        abort(403)
    if request.endpoint in strangers:
        return
    with in_turn(still_connected):
        g.authorised_at = time.monotonic()
        g.audience = rules[request.endpoint](**(request.view_args or {}))


def still_connected() -> bool:
    """Whether the other side has not closed the connection, as far as this machine knows."""
    line = request.environ.get("gunicorn.socket")
    try:
        return line is None or not select.select([line], [], [], 0)[0] or line.recv(1, socket.MSG_PEEK) != b""
    except OSError:
        return False


def same_origin(origin: str | None) -> bool:
    """Only pages of this very server may open sockets; a browser always says where a page is from."""
    if not origin:
        return False
    return origin in (origin_of(current_app.config["CRM"].public_url), origin_of(request.host_url))


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def run(ws: SafeSocket, audience: Audience) -> None:
    """Serve one socket until it ends. Holds no database connection while it waits."""
    stream = Stream(ws, g.tenant_id, audience.topics, audience.allowed, audience.person_id, g.authorised_at)
    ws.on_frame = audience.on_frame
    for name in PERSONAL:
        g.pop(name, None)
    try:
        join(stream)
        ws.write()
    finally:
        hub.leave(stream)


def join(stream: Stream) -> None:
    try:
        hub.join(stream)
        hub.greet(stream)
    except Exception:
        log.exception("A socket could not be looked at once more.")
        stream.ws.end(TRY_AGAIN)
