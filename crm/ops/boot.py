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
from typing import NoReturn

import click

from ..revisions import up_to_date
from .control import PATIENCE, Supervisor
from .folder import write_private
from .plan import Plan
from .postgres import last_line
from .settings import INSTANCE
from .stop import Stop
from .tied import tie


def run(plan: Plan, door: int, socket: Path, failed: Path) -> NoReturn:
    """In the forked process. A failure is told, marked for the supervisor's exit code, and ends the supervisor."""
    supervisor = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    tie(supervisor, signal.SIGKILL)
    api = Supervisor(plan.folder, socket, supervisor)
    try:
        boot(plan, door, api)
    except BaseException as problem:
        problem.show() if isinstance(problem, Stop) else traceback.print_exc()
        failed.touch()
        with suppress(Stop):
            api.wait()  # before it listens to signals it would die of this one, and the exit code with it
        os.kill(supervisor, signal.SIGTERM)
    os._exit(0)


def boot(plan: Plan, door: int, supervisor: Supervisor) -> None:
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
    replaceable = [plan.worker(), plan.web(door, supervisor.socket.parent)]
    for program in replaceable:
        supervisor.start(program.name, 20, [program])
    supervisor.start("others", 20, plan.others())
    wait_for_web(plan)
    supervisor.remember(replaceable)
    tell(plan)


def migrate(url: str) -> None:
    if not up_to_date(url):
        from .migrations import upgrade

        upgrade(url)


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
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(plan.host, plan.host)  # noqa: S104
    until = time.monotonic() + PATIENCE
    while not answers(f"http://{f'[{host}]' if ':' in host else host}:{plan.port}/healthz"):
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
