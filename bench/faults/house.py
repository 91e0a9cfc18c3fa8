"""Everything that one fault is tried on: a stack started for it alone, its receivers, and what faults take hold of."""

import json
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xmlrpc.client import ServerProxy

import psycopg
import redis
from supervisor.xmlrpc import SupervisorTransport

from crm.jobs import QUEUES

from .. import generator
from ..stack import Stack, children
from .people import prepare
from .proxy import Proxies
from .receivers import Mail

if TYPE_CHECKING:
    from .clock import Clock


class House:
    """`urls` reach the servers directly (superuser, app, redis). `notes` are told, `failures` are promises broken,
    `expected` are words of the tracebacks that the fault itself asks for. What the people say they did is `kept` on another disk.

    Some kinds of house have `proxies` between the parts, a network `namespace` for the people, a `clock` that can be moved.
    """

    def __init__(self, mail: Mail, seed: int, seconds: float, running: Stack, urls: dict[str, str], **kind: Any):
        self.stack, self.urls, self.mail, self.seconds = running, urls, mail, seconds
        self.random, self.seed = random.Random(seed), seed
        self.proxies: Proxies | None = kind.get("proxies")
        self.clock: Clock | None = kind.get("clock")
        self.namespace: str | None = kind.get("namespace")
        self.address: tuple[str, int] = kind.get("address", ("127.0.0.1", running.port))
        self.notes: list[str] = []
        self.failures: list[str] = []
        self.expected: list[str] = []
        self.people: dict[str, Any] = {}
        self.kept: Path

    @property
    def folder(self) -> Path:
        return self.stack.folder.path

    def move_in(self) -> None:
        environment = {
            "DATABASE_URL": self.urls["app"], "REDIS_URL": self.urls["redis"], "LOG_LEVEL": "WARNING",
            "SECRET_KEY": self.stack.folder.secret("session-key"), "FILES_DIR": str(self.folder / "files"),
        }  # fmt: skip
        self.people = generator.run(prepare, {"environment": environment, "seed": self.seed})

    @contextmanager
    def superuser(self, database: str = "rapport") -> Iterator[psycopg.Connection]:
        url = self.urls["superuser"].rsplit("/", 1)[0] + f"/{database}"
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            yield connection

    def redis(self) -> Any:
        return redis.Redis.from_url(self.urls["redis"], socket_timeout=5)

    @property
    def supervisor(self) -> Any:
        """The supervisor's own interface: the way an operator stops and starts a program."""
        text = (self.folder / "run" / "supervisor.conf").read_text()
        socket = next(line[5:] for line in text.splitlines() if line.startswith("file="))
        return ServerProxy("http://127.0.0.1", transport=SupervisorTransport(None, None, f"unix://{socket}")).supervisor

    def web_workers(self) -> list[int]:
        return self.stack.web_workers()

    def rq_worker(self, queue: str) -> int:
        """The process that serves a queue: RQ notes it in Redis under its number."""
        here = children(self.stack.pid("worker.py"))
        names = [name.decode() for name in self.redis().smembers("rq:workers")]
        return next(pid for name in names if queue in name and (pid := int(name.rsplit("-", 1)[1])) in here)

    def relay(self) -> int:
        """Forked after the queues' workers and before the clock."""
        queues = {self.rq_worker(name) for name in QUEUES}
        return min(pid for pid in children(self.stack.pid("worker.py")) if pid not in queues)

    def logs(self) -> dict[str, str]:
        return {path.name: path.read_text(errors="replace") for path in sorted((self.folder / "log").glob("*.log"))}


@contextmanager
def house(seed: int, seconds: float, kind: str = "") -> Iterator[House]:
    """A stack of that kind (see kinds.py), with its people moved in; stopped and swept away at the end."""
    from .kinds import KINDS

    with ExitStack() as closing:
        folder = Path(tempfile.mkdtemp(prefix="rapport-faults-"))
        closing.callback(shutil.rmtree, folder, ignore_errors=True)
        mail = Mail()
        closing.callback(mail.stop)
        found = House(mail, seed, seconds, **KINDS[kind](closing, folder, {"SMTP_URL": mail.url}))
        found.kept = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        found.move_in()
        yield found


def spec_of(found: House, rate: float, patience: float) -> dict[str, Any]:
    host, port = found.address
    return {"host": host, "port": port, "kept": str(found.kept), "seed": found.seed, "rate": rate,
            "patience": patience, "database": "" if found.namespace else found.urls["superuser"], **found.people}  # fmt: skip


def load(path: Path) -> Any:
    return json.loads(path.read_text())
