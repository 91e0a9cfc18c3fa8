"""Servers for as long as a `with` block: for tests and checks. Fast, because nothing in them must survive a crash."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import migrations
from .folder import free_port
from .plan import PASSWORDS
from .postgres import Postgres
from .programs import ROOT, tied
from .valkey import Valkey

CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "120",
    "autovacuum_naptime": "1h",
}


@dataclass(frozen=True)
class Servers:
    database_url: str
    owner_database_url: str
    backup_database_url: str
    superuser_database_url: str
    redis_url: str


@contextmanager
def scratch_servers(careless: bool = True) -> Iterator[Servers]:
    """A migrated database and an empty Valkey; both end with this process, even when it is killed."""
    with scratch_postgres(careless) as postgres, scratch_valkey() as valkey:
        migrations.upgrade(postgres.url("owner"))
        url = postgres.url
        yield Servers(url("app"), url("owner"), url("backup"), url("superuser"), valkey.url)


@contextmanager
def scratch_postgres(careless: bool = True) -> Iterator[Postgres]:
    """Without `careless` it writes to the disk as one in use does."""
    with scratch_folder() as folder:
        passwords = dict.fromkeys(PASSWORDS, "scratch")
        postgres = Postgres(folder / "postgres", free_port(), passwords, CARELESS if careless else {})
        postgres.prepare()
        user = postgres.user.pw_name if postgres.user else "-"
        with running(tied(os.getpid(), "SIGQUIT", user, postgres.command), folder / "postgres.log"):
            postgres.wait()
            postgres.make_roles()
            yield postgres


@contextmanager
def scratch_valkey() -> Iterator[Valkey]:
    with scratch_folder() as folder:
        valkey = Valkey(folder / "valkey", free_port(), "scratch", persistent=False)
        valkey.prepare()
        with running(tied(os.getpid(), "SIGKILL", "-", valkey.command), folder / "valkey.log"):
            valkey.wait()
            yield valkey


@contextmanager
def scratch_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="rapport-scratch-"))
    folder.chmod(0o711)  # PostgreSQL's own user passes through
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(command: list[str], log: Path) -> Iterator[None]:
    """Ended by SIGINT, which both servers take as: now."""
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
