"""`crm reload`: a new release takes over while everybody goes on working.

For the worker, then for the web server: a second one is started beside the first, with the same settings and, for the
web server, the same listening socket; when it is ready, the first one leaves in good order (see web.py). One that does
not become ready is taken away again, and the first one stays.
"""

import fcntl
import http.client
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from . import assets
from .boot import migrate
from .control import Supervisor
from .folder import DataFolder, data_path
from .postgres import last_line
from .programs import Program
from .settings import adopt_instance, required
from .stop import Stop

PATIENCE = 60


def reload() -> None:
    folder = DataFolder(data_path())
    if not folder.in_use():
        raise Stop(f"Rapport does not run with the data in {folder.path}: start it with crm up.")
    with alone(folder):
        supervisor, programs = Supervisor.remembered(folder)
        assets.build()
        adopt_instance()
        migrate(required("OWNER_DATABASE_URL"))
        for program in programs:
            took_over, left = put_new(supervisor, program)
            click.echo(
                f"The new {program.name} took over after {took_over:.1f} s, the old one left after {left:.1f} s."
            )


@contextmanager
def alone(folder: DataFolder) -> Iterator[None]:
    with (folder.path / "run" / "reload.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stop("A reload is under way.") from None
        yield


def put_new(supervisor: Supervisor, program: Program) -> tuple[float, float]:
    """Seconds until the new one was ready, and until the old one had gone."""
    began = time.monotonic()
    old = [name for name in supervisor.groups() if generation(name, program)]
    new = successor(program, max(generation(name, program) for name in old) + 1)
    supervisor.start(new.name, 20, [new])
    try:
        wait_until_ready(supervisor, new)
    except BaseException:
        supervisor.stop(new.name)
        raise
    ready = time.monotonic()
    for name in old:
        supervisor.stop(name)
    return ready - began, time.monotonic() - ready


def generation(group: str, program: Program) -> int:
    """1 for `web`, 2 for `web-2`; 0 for another program's group."""
    found = re.fullmatch(rf"{program.name}(?:-(\d+))?", group)
    return int(found[1] or 1) if found else 0


def successor(program: Program, number: int) -> Program:
    name, environment = f"{program.name}-{number}", dict(program.environment)
    if door := environment.get("SIDE_DOOR"):
        environment["SIDE_DOOR"] = str(Path(door).with_name(f"{name}.sock"))
    return replace(program, name=name, log=program.name, environment=environment)


def wait_until_ready(supervisor: Supervisor, program: Program) -> None:
    """Raises Stop when it ends, or takes too long."""
    door = program.environment.get("SIDE_DOOR")
    is_ready: Callable[[], bool] = (lambda: answers(door)) if door else (lambda: has_children(process))
    process, until = supervisor.pid_of(program.name), time.monotonic() + PATIENCE
    while not is_ready():
        if supervisor.pid_of(program.name) != process or time.monotonic() > until:
            log = supervisor.folder.path / "log" / f"{program.log}.log"
            why = last_line(log.read_text(errors="replace"))
            raise Stop(f"The new {program.log} did not start, and the old one stays: {why} (all of it: {log})")
        time.sleep(0.05)


def has_children(process: int) -> bool:
    """The worker forks when everything has been loaded."""
    try:
        return bool(Path(f"/proc/{process}/task/{process}/children").read_text().split())
    except OSError:
        return False


def answers(door: str) -> bool:
    """Whether the web server behind this side door can do its work."""
    connection = http.client.HTTPConnection("localhost", timeout=5)
    connection.sock = socket.socket(socket.AF_UNIX)
    try:
        connection.sock.settimeout(5)
        connection.sock.connect(door)
        connection.request("GET", "/readyz", headers={"Connection": "close"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
