"""The runner's end of the load's process: starts it, tells it what happens, and hears how far it is."""

import json
import subprocess
import sys
import threading
import time
from typing import Any

from .workload import work


class Crew:
    def __init__(self, spec: dict[str, Any], namespace: str | None = None):
        name = f"{work.__module__}:{work.__name__}"
        inside = ["ip", "netns", "exec", namespace] if namespace else []
        self.process = subprocess.Popen(
            [*inside, sys.executable, "-m", "bench.generator", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.progress: dict[str, int] = {"acked": 0, "sent": 0, "waiting": 0}
        self.result: dict[str, Any] = {}
        self.ready = threading.Event()
        self.say(json.dumps(spec))
        self.listening = threading.Thread(target=self.listen, daemon=True)
        self.listening.start()

    def say(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def tell(self, word: str) -> None:
        self.say(f"{word} {time.monotonic()}")

    def listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            facts = json.loads(line)
            if "progress" in facts:
                self.progress = facts["progress"]
            elif "ready" in facts:
                self.ready.set()
            else:
                self.result = facts

    def wait_until_ready(self, seconds: float = 60) -> None:
        if not self.ready.wait(seconds):
            raise RuntimeError("The people did not come in.")

    def finish(self, seconds: float) -> dict[str, Any]:
        """What they saw, when everything is settled or their patience is over."""
        self.listening.join(seconds)
        self.end()
        if not self.result:
            raise RuntimeError("The load's process ended without a word.")
        return self.result

    def end(self) -> None:
        if self.process.poll() is None and not self.result:
            self.process.kill()
        self.process.wait(30)
