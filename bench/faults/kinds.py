"""The kinds of stack that faults are tried on."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from crm.ops.scratch import scratch_postgres, scratch_valkey

from ..stack import Stack, stack
from .clock import Clock
from .proxy import Proxies

SMALL = "420m"
NAMESPACE, NETWORK = "rapport-people", "10.231.7"


def embedded(closing: ExitStack, folder: Path, settings: dict[str, str]) -> dict[str, Any]:
    """Everything as `bin/up` starts it."""
    running = closing.enter_context(stack(str(folder), settings=settings))
    return {"running": running, "urls": urls_of(running)}


def urls_of(running: Stack) -> dict[str, str]:
    urls = {role: running.postgres.url(role) for role in ("superuser", "app")}
    return urls | {"redis": running.redis_url}


def proxied(closing: ExitStack, folder: Path, settings: dict[str, str]) -> dict[str, Any]:
    """Servers of its own, which the stack reaches through proxies, and one more proxy before the stack itself."""
    postgres, valkey = closing.enter_context(scratch_postgres()), closing.enter_context(scratch_valkey())
    proxies = closing.enter_context(Proxies.running())
    database, bell = f":{proxies.add('postgres', postgres.port)}/", f":{proxies.add('redis', valkey.port)}/"
    names = {"app": "DATABASE_URL", "owner": "OWNER_DATABASE_URL", "backup": "BACKUP_DATABASE_URL"}
    through = {name: postgres.url(role).replace(f":{postgres.port}/", database) for role, name in names.items()}
    through["REDIS_URL"] = valkey.url.replace(f":{valkey.port}/", bell)
    running = closing.enter_context(stack(str(folder), settings=settings | through))
    urls = {role: postgres.url(role) for role in ("superuser", "app")} | {"redis": valkey.url}
    return {"running": running, "urls": urls, "proxies": proxies,
            "address": ("127.0.0.1", proxies.add("web", running.port))}  # fmt: skip


def on_a_small_disk(closing: ExitStack, folder: Path, settings: dict[str, str]) -> dict[str, Any]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL},mode=711", "tmpfs", str(folder)], check=True)
    closing.callback(subprocess.run, ["umount", "-l", str(folder)], check=True)
    return embedded(closing, folder / "data", settings)


def in_a_namespace(closing: ExitStack, folder: Path, settings: dict[str, str]) -> dict[str, Any]:
    """The people live in a network of their own, on the other end of one cable."""
    closing.enter_context(cable())
    running = closing.enter_context(stack(str(folder), settings=settings, host=f"{NETWORK}.1"))
    return {"running": running, "urls": urls_of(running), "namespace": NAMESPACE,
            "address": (f"{NETWORK}.1", running.port)}  # fmt: skip


@contextmanager
def cable() -> Any:
    def ip(*arguments: str) -> None:
        subprocess.run(["ip", *arguments], check=True, capture_output=True)

    ip("netns", "add", NAMESPACE)
    try:
        ip("link", "add", "outside", "type", "veth", "peer", "name", "inside", "netns", NAMESPACE)
        ip("addr", "add", f"{NETWORK}.1/24", "dev", "outside")
        ip("link", "set", "outside", "up")
        ip("-n", NAMESPACE, "addr", "add", f"{NETWORK}.2/24", "dev", "inside")
        ip("-n", NAMESPACE, "link", "set", "inside", "up")
        yield
    finally:
        ip("netns", "del", NAMESPACE)


def with_a_clock(closing: ExitStack, folder: Path, settings: dict[str, str]) -> dict[str, Any]:
    """The wall clock of all its processes can be moved."""
    place = Path(tempfile.mkdtemp(prefix="rapport-clock-"))
    closing.callback(shutil.rmtree, place)
    clock = Clock(place)
    return embedded(closing, folder, settings | clock.environment) | {"clock": clock}


Kind = Callable[[ExitStack, Path, dict[str, str]], dict[str, Any]]
KINDS: dict[str, Kind] = {"": embedded, "proxied": proxied, "small disk": on_a_small_disk, "namespace": in_a_namespace,
                          "clock": with_a_clock}  # fmt: skip
