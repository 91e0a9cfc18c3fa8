"""PostgreSQL, which is the truth: restarted, killed, cut off, read-only, locked, crowded and full."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import psycopg

from .faults import fault
from .house import House

LOCK_SECONDS = 20.0
FILLER = "filler"


def wait_until_it_answers(house: House, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(psycopg.OperationalError), house.superuser() as connection:
            connection.execute("SELECT 1")
            return
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not come back.")


@fault(settles=10.0)
def postgres_restart_immediate(house: House) -> None:
    """What `pg_ctl restart -m immediate` does: no checkpoint, every session cut, recovery from the log."""
    os.kill(house.stack.pid("postgres"), signal.SIGQUIT)


@fault(settles=10.0)
def postgres_kill(house: House) -> None:
    os.kill(house.stack.pid("postgres"), signal.SIGKILL)


@fault(settles=10.0)
def postgres_terminate_backends(house: House) -> None:
    query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'rapport_app'"
    with house.superuser() as connection:
        for _ in range(3):
            connection.execute(query)
            time.sleep(0.5)


@fault(settles=10.0)
def postgres_read_only(house: House) -> None:
    """As a standby that was made the main one too early: it reads and refuses to write."""
    with house.superuser() as connection:
        connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        connection.execute("SELECT pg_reload_conf()")
        time.sleep(max(6.0, house.seconds / 3))
        connection.execute("SET default_transaction_read_only = off")
        connection.execute("ALTER SYSTEM RESET default_transaction_read_only")
        connection.execute("SELECT pg_reload_conf()")


@fault(settles=10.0)
def postgres_lock(house: House) -> None:
    """Somebody's ALTER TABLE: nobody reads or writes messages for twenty seconds."""
    with house.superuser() as connection, connection.transaction():
        connection.execute("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
        time.sleep(LOCK_SECONDS)


@fault(settles=10.0)
def postgres_connections_used_up(house: House) -> None:
    """Another program takes every connection there is, and whoever comes back is refused."""
    with crowd(house), house.superuser() as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'rapport_app'"
                           " AND application_name <> 'crowd'")  # fmt: skip
        until = time.monotonic() + max(6.0, house.seconds / 3)
        with crowd(house):
            time.sleep(until - time.monotonic())


@contextmanager
def crowd(house: House) -> Iterator[None]:
    """Every connection that can be had now."""
    with ExitStack() as held:
        with suppress(psycopg.OperationalError):
            while True:
                held.enter_context(psycopg.connect(f"{house.urls['app']}?application_name=crowd", connect_timeout=2))
        yield


def why_no_small_disk() -> str:
    return "" if os.geteuid() == 0 else "only root can mount a small disk"


@fault(settles=10.0, house="small disk", why_not=why_no_small_disk)
def disk_full(house: House) -> None:
    """The disk under the database, the append-only file and the logs is filled to the last block, and freed again."""
    filler = house.folder.parent / FILLER
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 12))
    with suppress(psycopg.OperationalError), house.superuser() as connection:
        connection.execute("SELECT pg_switch_wal()")  # so that the log needs a new file, too
    time.sleep(max(6.0, house.seconds / 3))
    filler.unlink()
    wait_until_it_answers(house)
