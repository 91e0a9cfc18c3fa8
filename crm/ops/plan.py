"""What one start consists of: which servers, which programs, with which settings."""

import os
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .folder import DataFolder
from .postgres import Postgres
from .programs import HERE, Program
from .settings import optional
from .valkey import Valkey

PYTHON = sys.executable
GUNICORN = Path(PYTHON).with_name("gunicorn")
PASSWORDS = ("superuser", "owner", "app", "backup")


@dataclass
class Plan:
    """`databases` ({role: address}) and `redis` are servers of the operator's own; without them ours are embedded."""

    folder: DataFolder
    host: str
    port: int
    shop_port: int
    empty: bool
    databases: dict[str, str]
    redis: str | None

    @cached_property
    def postgres(self) -> Postgres | None:
        if self.databases:
            return None
        passwords = {role: self.folder.secret(f"database-{role}") for role in PASSWORDS}
        return Postgres(self.folder.path / "postgres", self.folder.port("postgres"), passwords)

    @cached_property
    def valkey(self) -> Valkey | None:
        if self.redis:
            return None
        return Valkey(self.folder.path / "valkey", self.folder.port("valkey"), self.folder.secret("valkey"))

    @cached_property
    def sink_port(self) -> int | None:
        return None if optional("SMTP_URL") else self.folder.port("sink")

    @property
    def first_start(self) -> bool:
        return not (self.folder.path / "started").exists()

    @property
    def with_shop(self) -> bool:
        """The demo shop stands beside demo data only."""
        return bool(self.folder.read("secrets/demo.json")) or (self.first_start and not self.empty)

    def database_url(self, role: str) -> str:
        return self.postgres.url(role) if self.postgres else self.databases[role]

    @property
    def public_url(self) -> str:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return os.environ.get("PUBLIC_URL") or f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def shop_url(self) -> str:
        return f"http://localhost:{self.shop_port}"

    def app_environment(self) -> dict[str, str]:
        """What the web server and the worker know: never the owner's or the back-up's address."""
        path = self.folder.path
        return {
            "DATABASE_URL": self.database_url("app"),
            "REDIS_URL": self.valkey.url if self.valkey else self.redis or "",
            "SECRET_KEY": optional("SECRET_KEY") or self.folder.secret("session-key"),
            "PUBLIC_URL": self.public_url,
            "FILES_DIR": os.environ.get("FILES_DIR") or str(path / "files"),
            "DEMO_SHOP_URL": self.shop_url if self.with_shop else "",
            "SMTP_URL": f"smtp://127.0.0.1:{self.sink_port}" if self.sink_port else optional("SMTP_URL") or "",
            "MAIL_SINK_DIR": str(path / "mail") if self.sink_port else "",
        }

    def servers(self) -> list[Program]:
        programs = []
        if self.postgres:
            user = self.postgres.user.pw_name if self.postgres.user else "-"
            programs.append(
                Program("postgres", self.postgres.command, user=user, stop="INT", orphaned="SIGINT", patience=60)
            )
        if self.valkey:
            programs.append(Program("valkey", self.valkey.command))
        return programs

    def web(self, door: int, run: Path) -> Program:
        """It gets the listening socket from the supervisor, which keeps it open whatever becomes of the web server."""
        command = [PYTHON, str(GUNICORN), "-c", str(HERE / "gunicorn.conf.py"), "crm:create_app()"]
        environment = self.app_environment() | {"BIND": f"fd://{door}", "SIDE_DOOR": str(run / "web.sock")}
        return Program("web", command, environment, orphaned="SIGINT", door=door)

    def worker(self) -> Program:
        return Program("worker", [PYTHON, "worker.py"], self.app_environment(), patience=30)

    def others(self) -> list[Program]:
        programs = []
        if self.sink_port:
            sink = [PYTHON, str(HERE / "sink.py"), str(self.sink_port), str(self.folder.path / "mail")]
            programs.append(Program("sink", sink))
        if self.with_shop:
            shop = {"RAPPORT_URL": self.public_url} | self.folder.read("secrets/demo.json").get("shop", {})
            programs.append(Program("shop", [PYTHON, str(HERE / "shop.py"), str(self.shop_port)], shop))
        return programs
