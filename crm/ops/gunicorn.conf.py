"""The web server. Patching comes first: whatever is imported before it would keep blocking calls."""

from gevent import monkey

monkey.patch_all()

import gc  # noqa: E402
import os  # noqa: E402
import resource  # noqa: E402
import socket  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402

from crm.config import Config, ConfigError  # noqa: E402
from crm.locale import read_ahead  # noqa: E402
from crm.ops.web import shares  # noqa: E402


def side_door(path: Path) -> int:
    """The descriptor of a second entrance, by which `crm reload` asks just this server how it is; opened once."""
    if "SIDE_DOOR_OPEN" not in os.environ:
        path.unlink(missing_ok=True)
        door = socket.socket(socket.AF_UNIX)
        door.bind(str(path))
        door.listen(16)
        os.environ["SIDE_DOOR_OPEN"] = str(door.detach())
    return int(os.environ["SIDE_DOOR_OPEN"])


def settings() -> Config:
    try:
        return Config.from_env(os.environ)
    except ConfigError as problem:
        raise SystemExit(str(problem)) from None


bind = [os.environ.get("BIND", "127.0.0.1:8000")]
if "SIDE_DOOR" in os.environ:
    bind.append(f"fd://{side_door(Path(os.environ['SIDE_DOOR']))}")
workers = settings().web_workers
worker_class = "crm.ops.web.Worker"
worker_connections = 12_000
preload_app = True
max_requests = 0
keepalive = 15
graceful_timeout = 10
timeout = 30
control_socket_disable = True
proc_name = "rapport-web"
errorlog = "-"
loglevel = "warning"
# Proxies are believed by the app's own setting (TRUSTED_PROXIES), never because of the address they come from.
forwarded_allow_ips = ""
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  (heartbeats that never wait for a disk)

# Each socket is a descriptor.
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def on_starting(server: Any) -> None:
    """Timers that the loaded app has started end here, before the fork would cut them in two.

    What was loaded stays for good: the collector need not walk through it, nor copy its pages in each worker. A request
    makes a few thousand objects and leaves few cycles, so it looks seldom.
    """
    app = server.app.wsgi()
    if "babel" in getattr(app, "extensions", ()):  # a bare app may be measured beside ours
        read_ahead(app)
    gevent.sleep(0.1)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 20)


def child_exit(server: Any, worker: Any) -> None:
    shares.free(worker.place)
