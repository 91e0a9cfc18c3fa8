"""The process that `crm up` becomes: supervisord and nothing else, to hold little memory.

python supervise.py CONFIGURATION FAILED: exits 1 when the file FAILED stands there at the end.
"""

import signal
import sys
from pathlib import Path
from typing import Any

from supervisor.options import ServerOptions
from supervisor.supervisord import go


class Impatient:
    """supervisord looks after its children once a second; a dead one should be back within one."""

    def __init__(self, poller: Any):
        self.poller = poller

    def __getattr__(self, name: str) -> Any:
        return getattr(self.poller, name)

    def poll(self, timeout: float) -> Any:
        return self.poller.poll(min(timeout, 0.2))


class Options(ServerOptions):
    def __init__(self) -> None:
        super().__init__()
        self.poller: Any = Impatient(vars(self)["poller"])

    def setsignals(self) -> None:
        """A closed terminal ends everything; supervisord's own answer would be to start over."""
        super().setsignals()
        signal.signal(signal.SIGHUP, lambda number, frame: self.signal_receiver.receive(signal.SIGTERM, frame))


def main(configuration: str, failed: str) -> None:
    options = Options()
    options.realize(["-c", configuration])
    options.first, options.test = True, False
    go(options)
    options.close_httpservers()
    options.close_logger()
    sys.exit(1 if Path(failed).exists() else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
