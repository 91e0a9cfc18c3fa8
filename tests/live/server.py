"""A real gunicorn with two gevent workers, and browsers that speak to it as from outside."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import websocket
from websocket import ABNF

from crm.accounts.models import Employee
from crm.config import Config
from crm.conversations.models import Conversation
from crm.ops.folder import free_port
from tests import make

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # with what comes at once, but not on every machine


class Gunicorn:
    """`bin/up`'s web program on a free port, with a Redis of its own so that it can be killed."""

    def __init__(self, config: Config, redis_url: str, log: Path):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {"DATABASE_URL": config.database_url, "REDIS_URL": redis_url, "SECRET_KEY": config.secret_key,
                       "PUBLIC_URL": self.url, "FILES_DIR": str(config.files_dir), "BIND": f"127.0.0.1:{self.port}"}  # fmt: skip
        self.log = log.open("w+")
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            str(ROOT / "crm" / "ops" / "gunicorn.conf.py"),
            "crm:create_app()",
        ]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=self.log, stderr=self.log
        )
        until(lambda: self.answers(), otherwise="gunicorn does not answer")

    def answers(self) -> bool:
        assert self.process.poll() is None, Path(self.log.name).read_text()
        with suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        return False

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)  # at once: nobody waits for an answer
        self.process.wait(PATIENCE)
        self.log.close()

    def logged(self) -> str:
        return Path(self.log.name).read_text()


def until(fact: Callable[[], Any], seconds: float = PATIENCE, otherwise: str = "it did not come true") -> Any:
    """Wait for `fact()`; return what it gives."""
    end = time.monotonic() + seconds
    while not (found := fact()):
        assert time.monotonic() < end, otherwise
        time.sleep(0.05)
    return found


@dataclass
class Browser:
    """Somebody signed in at the real server; `send` posts a form as their page would."""

    server: Gunicorn
    slug: str
    cookie: str
    token: str = ""
    home: str = "/profile"
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, server: Gunicorn, person: Any, slug: str) -> "Browser":
        client = make.browser(person, slug)
        return cls(server, slug, next(one.value for one in client._cookies.values()))

    def ask(self, method: str, path: str, form: dict[str, Any] | None = None) -> tuple[int, str]:
        return self.ask_whole(method, path, form)[:2]

    def ask_whole(self, method: str, path: str, form: dict[str, Any] | None = None) -> tuple[int, str, Message]:
        """Status, body and headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
        headers = {"Cookie": f"rapport={self.cookie}", "Content-Type": "application/x-www-form-urlencoded"}
        headers |= {"X-CSRFToken": self.token, "HX-Request": "true"} if form is not None else {}
        connection.request(method, f"/{self.slug}{path}", urlencode(form or {}), headers)
        answer = connection.getresponse()
        body = answer.read().decode(errors="replace")
        for name, value in answer.getheaders():
            if name == "Set-Cookie" and value.startswith("rapport="):
                self.cookie = value.split(";")[0].removeprefix("rapport=")
        connection.close()
        return answer.status, body, answer.headers

    def send(self, path: str, method: str = "POST", **form: Any) -> int:
        if not self.token:
            _, page = self.ask("GET", self.home)
            found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"|X-CSRFToken[\\"&#34;: ]+([\w.-]{20,})', page)
            self.token = found[1] or found[2] if found else ""
        return self.ask(method, path, form)[0]

    def say(self, number: int, body: str = "Hello", **form: Any) -> int:
        fields = {"body": body, "kind": "chat", "client_id": str(uuid.uuid4()), **form}
        return self.send(f"/conversations/{number}/messages", **fields)

    def listen(self, path: str, origin: str | None = "", **options: Any) -> "Line":
        origin = self.server.url if origin == "" else origin
        options = {
            "cookie": f"rapport={self.cookie}",
            "timeout": PATIENCE,
            "suppress_origin": origin is None,
            **options,
        }
        url = f"ws://127.0.0.1:{self.server.port}/{self.slug}{path}"
        return Line(websocket.create_connection(url, origin=origin, **options))


class Line:
    """An open socket."""

    def __init__(self, socket: websocket.WebSocket):
        self.socket = socket

    @property
    def port(self) -> int:
        return self.socket.sock.getsockname()[1]

    def raw(self, content: bytes) -> None:
        self.socket.sock.sendall(content)

    def frames(self, seconds: float) -> list[dict[str, Any]]:
        """What arrives within that time."""
        found, end = [], time.monotonic() + seconds
        with suppress(websocket.WebSocketTimeoutException, websocket.WebSocketConnectionClosedException, OSError):
            while (left := end - time.monotonic()) > 0:
                self.socket.settimeout(left)
                opcode, content = self.socket.recv_data()
                if opcode == ABNF.OPCODE_TEXT:
                    found.append(json.loads(content))
                elif opcode == ABNF.OPCODE_CLOSE:
                    break
        return found

    def wait_for(self, wanted: Callable[[dict[str, Any]], Any], seconds: float = PATIENCE) -> dict[str, Any]:
        return self.frames_to(wanted, seconds)[-1]

    def frames_to(self, wanted: Callable[[dict[str, Any]], Any], seconds: float = PATIENCE) -> list[dict[str, Any]]:
        """What arrives until the wanted one, and this."""
        found: list[dict[str, Any]] = []
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                content = self.socket.recv()
            except websocket.WebSocketTimeoutException:
                break
            found += [json.loads(content)] if content else []
            if content and wanted(found[-1]):
                return found
        raise AssertionError(f"not heard within {seconds} s")

    def ended(self, seconds: float = PATIENCE) -> tuple[int | None, str]:
        """The close code and its reason, (None, "") for a line that was cut. Fails when it stays open."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                frame = self.socket.recv_frame()
            except websocket.WebSocketTimeoutException:
                break
            except (websocket.WebSocketException, OSError):
                return None, ""
            if frame.opcode == ABNF.OPCODE_CLOSE:
                return int.from_bytes(frame.data[:2], "big"), frame.data[2:].decode()
        raise AssertionError(f"still open after {seconds} s")

    def alive(self) -> bool:
        """Whether the other side still answers a ping."""
        self.socket.ping(b"there?")
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            opcode, frame = self.socket.recv_data_frame(control_frame=True)
            if opcode == ABNF.OPCODE_PONG and frame.data == b"there?":
                return True
        return False

    def close(self) -> None:
        with suppress(OSError, websocket.WebSocketException):
            self.socket.sock.shutdown(socket.SHUT_RDWR)
            self.socket.shutdown()


def talk(slug: str, **values: Any) -> Conversation:
    return make.conversation(slug, **values)


def colleagues(slug: str) -> tuple[Employee, Employee]:
    return make.employee("Anna", "agent", slug), make.employee("Boris", "owner", slug)
