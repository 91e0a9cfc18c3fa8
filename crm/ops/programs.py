"""What the supervisor is told: its own settings, and one section per program."""

import os
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .folder import DataFolder, write_private

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@dataclass
class Program:
    """`stop` ends it in good order within `patience` seconds; `orphaned` is sent when the supervisor was killed.

    `door` is a descriptor of the supervisor's that it gets. What it says goes to the file `log`, after its name by default.
    """

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    user: str = "-"
    stop: str = "TERM"
    orphaned: str = "SIGTERM"
    patience: int = 15
    door: int = 0
    log: str = ""


SUPERVISOR = """\
[supervisord]
nodaemon=true
silent=true
user={user}
logfile={log}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=1
pidfile={run}/supervisord.pid
childlogdir={log}

[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[include]
files=programs/*.conf
"""

# startsecs=0: restart a dead child at once, for ever, and never give up on it.
SECTION = """\
[program:{name}]
command={command}
directory={directory}
environment={environment}
autorestart=true
startsecs=0
stopsignal={stop}
stopwaitsecs={patience}
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""


def write_supervisor(folder: DataFolder, socket: Path) -> Path:
    """The configuration without programs; write_group() adds them."""
    run = folder.path / "run"
    for leftover in [*(run / "programs").glob("*.conf"), *run.glob("supervisor.json")]:
        leftover.unlink()
    values = {"user": str(os.geteuid()), "log": folder.path / "log", "run": run, "socket": socket}
    write_private(run / "supervisor.conf", SUPERVISOR.format_map({name: escaped(v) for name, v in values.items()}))
    return run / "supervisor.conf"


def write_group(folder: DataFolder, name: str, order: int, programs: list[Program], supervisor: int) -> None:
    """Programs that start and stop together; groups stop one after the other, the highest order first.

    `supervisor` is the process id that they are tied to.
    """
    names = ",".join(program.name for program in programs)
    sections = [f"[group:{name}]\nprograms={names}\npriority={order}\n"]
    sections += [section(folder, program, supervisor) for program in programs]
    write_private(folder.path / "run" / "programs" / f"{name}.conf", "\n".join(sections))


def section(folder: DataFolder, program: Program, supervisor: int) -> str:
    command = tied(supervisor, program.orphaned, program.user, program.command, program.door)
    environment = {"PYTHONUNBUFFERED": "1"} | program.environment
    return SECTION.format(
        name=program.name,
        command=escaped(shlex.join(command)),
        directory=escaped(ROOT),
        environment=escaped(",".join(f"{name}={quoted(value)}" for name, value in environment.items())),
        stop=program.stop,
        patience=program.patience,
        log=escaped(folder.path / "log" / f"{program.log or program.name}.log"),
    )


def tied(parent: int, death_signal: str, user: str, command: list[str], door: int = 0) -> list[str]:
    """The command that ends with the process `parent`; see tied.py."""
    return [sys.executable, str(HERE / "tied.py"), str(parent), death_signal, user, str(door), *command]


def escaped(value: object) -> str:
    return str(value).replace("%", "%%")


def quoted(value: str) -> str:
    """supervisord reads environment= with shlex: double quotes, in which backslash and quote are escaped."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
