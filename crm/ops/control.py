"""Speaking to the supervisor of a running instance, through its socket in the data folder."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from .folder import DataFolder, write_private
from .programs import Program, write_group
from .stop import Stop

PATIENCE = 120
PLACE = "run/supervisor.json"


class Supervisor:
    def __init__(self, folder: DataFolder, socket: Path, process: int):
        self.folder, self.socket, self.process = folder, socket, process

    def remember(self, replaceable: list[Program]) -> None:
        """For `remembered`: where this supervisor is, and what can be replaced while it runs."""
        place = {"socket": str(self.socket), "process": self.process}
        place |= {"replaceable": [asdict(program) for program in replaceable]}
        write_private(self.folder.path / PLACE, json.dumps(place))

    @classmethod
    def remembered(cls, folder: DataFolder) -> tuple["Supervisor", list[Program]]:
        if not (place := folder.read(PLACE)):
            raise Stop(f"Nothing is ready yet with the data in {folder.path}: try again in a moment.")
        programs = [Program(**values) for values in place["replaceable"]]
        return cls(folder, Path(place["socket"]), place["process"]), programs

    @property
    def api(self) -> Any:
        """A new connection each time: one that failed is of no more use."""
        transport = SupervisorTransport(None, None, f"unix://{self.socket}")
        return ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def wait(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                self.api.getState()
                return
            except OSError:
                time.sleep(0.02)
        raise Stop(f"The supervisor did not start: see {self.folder.path}/log/supervisord.log")

    def start(self, name: str, order: int, programs: list[Program]) -> None:
        if programs:
            write_group(self.folder, name, order, programs, self.process)
            self.api.reloadConfig()
            self.api.addProcessGroup(name)

    def stop(self, name: str) -> None:
        """End the group in good order, and forget it."""
        self.api.stopProcessGroup(name)
        self.api.removeProcessGroup(name)
        (self.folder.path / "run" / "programs" / f"{name}.conf").unlink()

    def groups(self) -> set[str]:
        return {info["group"] for info in self.api.getAllProcessInfo()}

    def pid_of(self, name: str) -> int:
        """The process id, 0 while there is none."""
        return self.api.getProcessInfo(name)["pid"]
