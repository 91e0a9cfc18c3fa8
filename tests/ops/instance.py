"""A whole instance as `crm up` starts it, in its own data folder and on free ports."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from crm.ops.folder import free_port
from crm.ops.scratch import scratch_folder

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # with what comes at once, but not on every machine
SETTINGS = {"DATABASE_URL", "OWNER_DATABASE_URL", "BACKUP_DATABASE_URL", "REDIS_URL", "SMTP_URL", "PUBLIC_URL", "BIND"}


class Instance:
    def __init__(self, data: Path):
        self.data, self.port = data, free_port()
        self.shop_port = free_port({self.port})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        return kept | {"RAPPORT_DATA": str(self.data)}

    def crm(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "crm", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment(), capture_output=True, text=True, timeout=300)

    def up(self, *arguments: str) -> None:
        """Start, and wait until it says that it is ready."""
        ports = ["--port", str(self.port), "--shop-port", str(self.shop_port)]
        command = [sys.executable, "-m", "crm", "up", *ports, *arguments]
        log = self.data.with_suffix(".out")
        with log.open("w") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment(), stdout=output, stderr=output)
        wait_until(lambda: "is ready" in log.read_text() or self.process.poll() is not None, 280)
        self.said = log.read_text()
        assert "is ready" in self.said, self.said

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(120)

    def get(self, path: str) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE)

    def child(self, program: str) -> int:
        """The process id that the supervisor runs `program` under, 0 while there is none."""
        out = subprocess.run(
            ["pgrep", "-P", str(self.process.pid), "-f", program], capture_output=True, text=True
        ).stdout
        return int(out.split()[0]) if out else 0

    def everything(self) -> list[int]:
        """Every process below the supervisor, however deep."""
        found, queue = [], [self.process.pid]
        while queue:
            out = subprocess.run(["pgrep", "-P", str(queue.pop())], capture_output=True, text=True).stdout
            queue += [int(number) for number in out.split()]
            found += [int(number) for number in out.split()]
        return found


@contextmanager
def instance() -> Iterator[Instance]:
    with scratch_folder() as folder:
        made = Instance(folder / "data")
        try:
            yield made
        finally:
            if hasattr(made, "process") and made.process.poll() is None:
                made.stop()


def wait_until(true: Callable[[], object], seconds: float = PATIENCE) -> float:
    """How long it took. Raises AssertionError when it does not come."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < seconds, "This did not happen in time."
        time.sleep(0.02)
    return time.monotonic() - start


def runs(process: int) -> bool:
    try:
        state = re.search(r"^State:\s+(\w)", Path(f"/proc/{process}/status").read_text(), re.MULTILINE)
    except OSError:
        return False
    return bool(state) and state[1] != "Z"
