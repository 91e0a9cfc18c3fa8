"""Boots the parts in order, beside the supervisor that runs them: servers, schema, demo, applications."""

import json
import os
import signal
import sys
import time
import traceback
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn
from xmlrpc.client import ServerProxy

import click
from supervisor.xmlrpc import SupervisorTransport

from .folder import write_private
from .plan import Plan
from .postgres import last_line
from .programs import Program, write_group
from .revisions import up_to_date
from .settings import INSTANCE
from .stop import Stop
from .tied import tie

PATIENCE = 120


def run(plan: Plan, socket: Path, failed: Path) -> NoReturn:
    """In the forked process. A failure is told, marked for the supervisor's exit code, and ends the supervisor."""
    supervisor = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    tie(supervisor, signal.SIGKILL)
    api = Supervisor(plan, socket, supervisor)
    try:
        boot(plan, api)
    except BaseException as problem:
        problem.show() if isinstance(problem, Stop) else traceback.print_exc()
        failed.touch()
        with suppress(Stop):
            api.wait()  # before it listens to signals it would die of this one, and the exit code with it
        os.kill(supervisor, signal.SIGTERM)
    os._exit(0)


def boot(plan: Plan, supervisor: "Supervisor") -> None:
    for server in (plan.postgres, plan.valkey):
        if server:
            server.prepare()
    supervisor.wait()
    supervisor.start("servers", 10, plan.servers())
    if plan.postgres:
        plan.postgres.wait(PATIENCE)
        plan.postgres.make_roles()
    migrate(plan.database_url("owner"))
    if plan.valkey:
        plan.valkey.wait(PATIENCE)
    if plan.first_start:
        first_start(plan)
    remember(plan)
    supervisor.start("applications", 20, plan.applications())
    wait_for_web(plan)
    tell(plan)


def migrate(url: str) -> None:
    if not up_to_date(url):
        from .migrations import upgrade

        upgrade(url)


class Supervisor:
    def __init__(self, plan: Plan, socket: Path, process: int):
        self.folder, self.process = plan.folder, process
        self.socket = socket

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


def remember(plan: Plan) -> None:
    """For commands that are run beside the instance; see settings.adopt_instance()."""
    operators = {"OWNER_DATABASE_URL": plan.database_url("owner"), "BACKUP_DATABASE_URL": plan.database_url("backup")}
    write_private(plan.folder.path / INSTANCE, json.dumps(plan.app_environment() | operators, indent=1))


def first_start(plan: Plan) -> None:
    if not plan.empty:
        click.echo("Filling the demo…")
        fill_demo(plan)
    (plan.folder.path / "started").touch()


def fill_demo(plan: Plan) -> None:
    os.environ |= plan.app_environment()
    from . import demo
    from .app import application

    with application():
        demo.fill()
        write_private(plan.folder.path / "secrets" / "demo.json", json.dumps(demo.facts()))


def wait_for_web(plan: Plan) -> None:
    host, port = plan.app_environment()["BIND"].rsplit(":", 1)
    host = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104
    until = time.monotonic() + PATIENCE
    while not answers(f"http://{host}:{port}/healthz"):
        if time.monotonic() > until:
            log = plan.folder.path / "log" / "web.log"
            raise Stop(f"The web server did not start: {last_line(log.read_text(errors='replace'))} (all of it: {log})")
        time.sleep(0.05)


def answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=5).close()  # noqa: S310  (our own address)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def tell(plan: Plan) -> None:
    demo = plan.folder.read("secrets/demo.json")
    rows = [("Rapport", plan.public_url)]
    rows += [("Demo shop", plan.shop_url)] if plan.with_shop else []
    rows += [("Sent mail", f"{plan.public_url}/mail")] if plan.sink_port else []
    rows += [("Data", str(plan.folder.path))]
    click.echo("\nRapport is ready.\n")
    for name, value in rows:
        click.echo(f"  {name:<11}{value}")
    for line in demo.get("notes", []):
        click.echo(f"  {line}" if line else "")
    click.echo("\nCtrl-C stops everything.")
    sys.stdout.flush()
