"""A whole Rapport as `bin/up` starts it, in a data folder of its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from crm.ops.folder import DataFolder, free_port
from crm.ops.plan import PASSWORDS
from crm.ops.postgres import Postgres

READY = "Ctrl-C stops everything."
OURS = ("DATABASE_URL", "OWNER_DATABASE_URL", "BACKUP_DATABASE_URL", "REDIS_URL", "SMTP_URL", "PUBLIC_URL", "BIND")


class Stack:
    """`process` is the supervisor; everything it started is below it."""

    def __init__(self, folder: Path, port: int, process: subprocess.Popen[str]):
        self.folder, self.port, self.process = DataFolder(folder), port, process
        self.ports = self.folder.read("run/ports.json")

    @cached_property
    def postgres(self) -> Postgres:
        """The embedded one; a stack that was given servers of another's has none."""
        passwords = {role: self.folder.secret(f"database-{role}") for role in PASSWORDS}
        return Postgres(self.folder.path / "postgres", self.ports["postgres"], passwords)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def redis_url(self) -> str:
        return f"redis://:{self.folder.secret('valkey')}@127.0.0.1:{self.ports['valkey']}/0"

    def environment(self) -> dict[str, str]:
        """What `create_app` needs to be one more process of this stack: its database, its secret."""
        return {
            "DATABASE_URL": self.postgres.url("app"),
            "REDIS_URL": self.redis_url,
            "SECRET_KEY": self.folder.secret("session-key"),
            "PUBLIC_URL": self.url,
            "FILES_DIR": str(self.folder.path / "files"),
            "LOG_LEVEL": "WARNING",
        }

    def pid(self, program: str) -> int:
        """The process that the supervisor started for `program`."""
        for pid in children(self.process.pid):
            if program in command(pid):
                return pid
        raise LookupError(program)

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time used so far, by program."""
        programs = {"web": "gunicorn", "postgres": "postgres", "valkey": "valkey", "worker": "worker.py"}
        return {name: cpu_seconds(self.pid(text)) for name, text in programs.items()}

    def web_workers(self) -> list[int]:
        return children(self.pid("gunicorn"))


@contextmanager
def stack(folder: str | None = None, empty: bool = True, settings: dict[str, str] | None = None,
          host: str = "127.0.0.1") -> Iterator[Stack]:  # fmt: skip
    """Started and, at the end, stopped. A `folder` that is named is kept for the next run; `settings` are its environment's."""
    path = Path(folder or tempfile.mkdtemp(prefix="rapport-bench-")).absolute()
    port, shop_port = free_port(), free_port()
    process = start(path, port, shop_port, empty, settings or {}, host)
    try:
        wait_until_ready(process, path)
        yield Stack(path, port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=90)
        if folder is None:
            shutil.rmtree(path, ignore_errors=True)


def start(folder: Path, port: int, shop_port: int, empty: bool, settings: dict[str, str],
          host: str) -> subprocess.Popen[str]:  # fmt: skip
    command = [str(Path(sys.executable).with_name("crm")), "up", "--port", str(port), "--shop-port", str(shop_port)]
    command += ["--host", host] + ["--empty"] * empty
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment |= {"RAPPORT_DATA": str(folder)} | settings
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def wait_until_ready(process: subprocess.Popen[str], folder: Path) -> None:
    assert process.stdout
    for line in process.stdout:
        if READY in line:
            return
    sys.exit(f"The stack did not start: see the lines above, and {folder}/log")


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def family(pid: int) -> list[int]:
    """The process and everything below it."""
    return [pid] + [one for child in children(pid) for one in family(child)]


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def cpu_seconds(pid: int) -> float:
    """What the process and everything below it has used so far, in the kernel's ticks of 10 ms."""
    used = [Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split() for one in family(pid)]
    return sum(int(one[11]) + int(one[12]) for one in used) / os.sysconf("SC_CLK_TCK")


def pss_kib(pid: int) -> int:
    """Proportional set size: memory shared by n processes counts 1/n with each."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0
