"""The process that `crm up` becomes: supervisord and nothing else, to hold little memory.

python supervise.py CONFIGURATION FAILED DOOR: exits 1 when the file FAILED stands there at the end. DOOR is the
descriptor of the listening socket: kept open here, so that visitors wait while the web server is replaced or restarted.
"""

import os
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
    def __init__(self, door: int) -> None:
        super().__init__()
        self.door = door
        self.poller: Any = Impatient(vars(self)["poller"])

    def setsignals(self) -> None:
        """A closed terminal ends everything; supervisord's own answer would be to start over."""
        super().setsignals()
        signal.signal(signal.SIGHUP, lambda number, frame: self.signal_receiver.receive(signal.SIGTERM, frame))

    def cleanup_fds(self) -> None:
        os.closerange(5, self.door)
        os.closerange(max(5, self.door + 1), vars(self)["minfds"])

    def close_fd(self, fd: int) -> None:
        """In a child, for all of them; tied.py closes the door too unless the program is to have it."""
        if fd != self.door:
            super().close_fd(fd)


def main(configuration: str, failed: str, door: str) -> None:
    options = Options(int(door))
    options.realize(["-c", configuration])
    options.first, options.test = True, False
    go(options)
    options.close_httpservers()
    options.close_logger()
    sys.exit(1 if Path(failed).exists() else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
