"""flask-sock's socket, made safe for strangers and slow readers (RELIABILITY, rule 5)."""

import contextlib
import json
import logging
import socket as sockets
import threading
import time
from _thread import allocate_lock, start_new_thread
from collections.abc import Callable
from typing import Any

import flask_sock
from simple_websocket import Server
from werkzeug import Response
from werkzeug.exceptions import HTTPException
from wsproto import ConnectionType, WSConnection
from wsproto.events import CloseConnection, Event
from wsproto.utilities import ProtocolError

log = logging.getLogger(__name__)

MAX_MESSAGE = 64 * 1024
MAX_QUEUED_FRAMES = 256
MAX_QUEUED_BYTES = 768 * 1024
KERNEL_BYTES = 64 * 1024  # it takes twice as much; left to itself it takes megabytes for one that does not read
FRAMES_PER_SECOND = 20
STUCK_SECONDS = 12

SLOW, REVOKED, REFUSED, GOING_AWAY, TRY_AGAIN = 4008, 4003, 4001, 1012, 1013
REASONS = {SLOW: "too slow", REVOKED: "access ended", REFUSED: "not understood", GOING_AWAY: "restarting"}
REASONS |= {TRY_AGAIN: "try again later"}


class Pipe:
    """The TCP socket with whole, ordered writes: under gevent `send` is partial, and two writers interleave."""

    def __init__(self, sock: Any):
        self.sock = sock
        self.lock = threading.Lock()
        self.budget, self.refilled = 2 * MAX_MESSAGE, time.monotonic()
        with contextlib.suppress(OSError):  # not TCP in some tests
            sock.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_USER_TIMEOUT, 10_000)
            sock.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
            sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, KERNEL_BYTES)

    def send(self, content: bytes) -> None:
        with self.lock:
            self.sock.sendall(content)

    def recv(self, size: int) -> bytes:
        """Reads at the pace of an honest client: a flood waits in the sender's own kernel."""
        content = self.sock.recv(size)
        self.budget -= len(content) + 64
        if self.budget < 0:
            time.sleep(min(2.0, -self.budget / MAX_MESSAGE))
            elapsed = time.monotonic() - self.refilled
            self.budget = min(2 * MAX_MESSAGE, self.budget + int(elapsed * MAX_MESSAGE))
            self.refilled = time.monotonic()
        return content

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.shutdown(sockets.SHUT_RDWR)
        self.sock.close()

    def fileno(self) -> int:
        return self.sock.fileno()


class Discreet(WSConnection):
    """Closes with words of ours or none: wsproto would send the text of its exceptions."""

    def send(self, event: Event) -> bytes:
        if isinstance(event, CloseConnection):
            event = CloseConnection(code=event.code, reason=REASONS.get(event.code))
        return super().send(event)


class Arrivals(list):
    """Takes the place of simple-websocket's unbounded input list: what arrives is handled at once, or refused."""

    def __init__(self, take: Callable[[Any], None]):
        super().__init__()
        self.take = take

    def append(self, item: Any) -> None:
        self.take(item)


class Reader:
    """A thread without the locks by which one could wait for it: they took 3 of a socket's 60 KiB."""

    name = ""

    def __init__(self, target: Callable[[], None]):
        self.target = target

    def start(self) -> None:
        start_new_thread(self.target, ())


class Arrived:
    """The event that simple-websocket sets for whoever waits for input: nobody does."""

    def set(self) -> None:
        pass


class ShookHands:
    """Takes the place of wsproto's handshake once it is over; it keeps the whole of h11 until then."""

    def events(self) -> tuple[Event, ...]:
        return ()


class Waiting:
    """Frames for one writer; half the size of a SimpleQueue."""

    def __init__(self) -> None:
        self.frames: list[bytes | None] = []
        self.filled = allocate_lock()
        self.filled.acquire()

    def put(self, frame: bytes | None) -> None:
        self.frames.append(frame)
        with contextlib.suppress(RuntimeError):  # the writer was told already
            self.filled.release()

    def get(self) -> bytes | None:
        while not self.frames:
            self.filled.acquire()
        return self.frames.pop(0)


class SafeSocket(Server):
    """One writer (the handler's greenlet) with a bounded queue, one reader; no compression, no stored input."""

    connected: bool
    sock: Any

    def __init__(self, environ: dict[str, Any], **options: Any):
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)  # deflate costs 300 KB a socket and allows bombs
        self.on_frame: Callable[[dict[str, Any]], None] | None = None
        self.early: dict[str, Any] | None = None  # the one frame kept from before somebody listens
        self.queue = Waiting()
        self.queued_frames = self.queued_bytes = 0
        self.sending_since: float | None = None
        self.frames_left, self.frames_refilled = float(FRAMES_PER_SECOND), time.monotonic()
        self.close_code: int | None = None
        options |= {"max_message_size": MAX_MESSAGE, "ping_interval": None}
        super().__init__(environ, **options, thread_class=Reader, event_class=Arrived)

    def handshake(self) -> None:
        self.sock = Pipe(self.sock)
        self.ws = Discreet(ConnectionType.SERVER)
        self.input_buffer = Arrivals(self.arrived)
        try:
            super().handshake()
        except OSError:  # whoever asked is gone: no defect, and nobody hears the answer
            raise HTTPException(response=Response(status=400)) from None
        self.ws.handshake = ShookHands()  # type: ignore[assignment]

    def _thread(self) -> None:
        try:
            super()._thread()
        except (ProtocolError, UnicodeError, OSError, ValueError) as problem:
            log.info("A socket spoke nonsense: %s", type(problem).__name__)
        finally:
            self.connected = False
            self.queue.put(None)
            self.sock.close()

    def arrived(self, item: Any) -> None:
        if not self.within_rate() or not isinstance(item, str):
            return self.end(REFUSED if not isinstance(item, str) else SLOW)
        try:
            frame = json.loads(item)
        except (ValueError, RecursionError):
            return self.end(REFUSED)
        if not isinstance(frame, dict):
            return self.end(REFUSED)
        if self.on_frame:
            self.on_frame(frame)
        elif self.early is None:
            self.early = frame

    def within_rate(self) -> bool:
        moment = time.monotonic()
        refill = (moment - self.frames_refilled) * FRAMES_PER_SECOND
        self.frames_left = min(4.0 * FRAMES_PER_SECOND, self.frames_left + refill) - 1
        self.frames_refilled = moment
        return self.frames_left >= 0

    def push(self, content: bytes) -> None:
        """Queue bytes for the writer; a reader that lags too far behind is closed and catches up when it returns."""
        if self.queued_frames >= MAX_QUEUED_FRAMES or self.queued_bytes + len(content) > MAX_QUEUED_BYTES:
            return self.end(SLOW)
        self.queued_frames += 1
        self.queued_bytes += len(content)
        self.queue.put(content)

    def write(self) -> None:
        """The writer: runs in the handler's greenlet until the socket ends."""
        while self.connected:
            content = self.queue.get()
            if content is None:
                break
            self.sending_since = time.monotonic()
            try:
                self.sock.send(content)
            except OSError:
                break
            self.sending_since = None
            self.queued_frames -= 1
            self.queued_bytes -= len(content)
        self.finish()

    def finish(self) -> None:
        if self.connected and self.close_code:
            with contextlib.suppress(OSError, ProtocolError):
                self.close(self.close_code, REASONS[self.close_code])
        self.connected = False
        self.sock.close()

    def end(self, code: int) -> None:
        """Close with `code`, also when the writer hangs in a full socket; never tells why in other words than ours.

        Told again, it cuts a writer that hangs in what was queued before it was told first. Who is only to move may be slow
        for a moment: the writer comes to it, or is cut when the process ends.
        """
        if self.close_code is None:
            self.close_code = code
            if self.sending_since is None or code == GOING_AWAY:
                return self.queue.put(None)
        elif not self.stuck():
            return None
        self.connected = False
        return self.sock.close()

    def stuck(self) -> bool:
        since = self.sending_since
        return since is not None and time.monotonic() - since > STUCK_SECONDS


flask_sock.Server = SafeSocket  # flask-sock offers no other way to name the class it makes
