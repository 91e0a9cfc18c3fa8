"""`crm up`: everything on one machine.

This process checks what can be checked, forks one that boots the parts (boot.py), and becomes their supervisor.
"""

import errno
import os
import socket as listening
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from crm.config import Config, ConfigError

from . import assets, boot, external
from .folder import DataFolder, data_path, is_free
from .plan import Plan
from .programs import HERE, write_supervisor
from .stop import Stop

SOCKET_PATH_LIMIT = 100
OPERATORS_ONLY = ("OWNER_DATABASE_URL", "BACKUP_DATABASE_URL", "OWNER_DATABASE_URL_FILE", "BACKUP_DATABASE_URL_FILE")


def up(port: int, shop_port: int, host: str, empty: bool) -> NoReturn:
    folder = DataFolder(data_path())
    folder.make()
    folder.lock()
    plan = Plan(folder, host, port, shop_port, empty, external.databases(), external.redis())
    door = open_door(plan)
    check(plan)
    assets.build()
    socket = socket_path(folder)
    configuration = write_supervisor(folder, socket)
    failed = folder.path / "run" / "failed"
    failed.unlink(missing_ok=True)
    if os.fork() == 0:
        boot.run(plan, door, socket, failed)
    become_supervisor(configuration, failed, door)


def check(plan: Plan) -> None:
    if plan.with_shop and not is_free("127.0.0.1", plan.shop_port):
        raise Stop(f"Port {plan.shop_port} on 127.0.0.1 is taken: choose another for the demo shop with --shop-port.")
    try:
        config = Config.from_env(os.environ | plan.app_environment())
    except ConfigError as problem:
        raise Stop(str(problem)) from None
    refuse_closed(config.files_dir)


def refuse_closed(files: Path) -> None:
    """Better now than at the first attachment."""
    try:
        files.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=files):
            pass
    except OSError as problem:
        raise Stop(f"The folder {files} of FILES_DIR cannot be used: {problem.strerror}.") from None


def open_door(plan: Plan) -> int:
    """The listening socket, which the supervisor keeps and the web servers share."""
    try:
        door = listening.create_server(
            (plan.host, plan.port), family=listening.AF_INET6 if ":" in plan.host else listening.AF_INET, backlog=2048
        )
    except OSError as problem:
        raise Stop(why_closed(plan, problem)) from None
    door.set_inheritable(True)
    return door.detach()


def why_closed(plan: Plan, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {plan.port} on {plan.host} is taken: choose another with --port."
    reason = os.strerror(problem.errno) if problem.errno and problem.errno > 0 else problem.strerror
    return f"Port {plan.port} on {plan.host} cannot be listened on: {reason}."


def socket_path(folder: DataFolder) -> Path:
    """The supervisor's socket; the system allows its path about 100 bytes."""
    path = folder.path / "run" / "supervisor.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT:
        return path
    return Path(tempfile.mkdtemp(prefix="rapport-")) / "supervisor.sock"


def become_supervisor(configuration: Path, failed: Path, door: int) -> NoReturn:
    environment = {name: value for name, value in os.environ.items() if name not in OPERATORS_ONLY}
    command = [sys.executable, str(HERE / "supervise.py"), str(configuration), str(failed), str(door)]
    os.execve(sys.executable, command, environment)
