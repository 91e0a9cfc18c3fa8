"""Processes that die, and processes that stand still."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from ..stack import children, family
from .faults import fault
from .house import House

STILL = 40.0


def kill(*pids: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # it ended by itself meanwhile
            os.kill(pid, signal.SIGKILL)


@fault()
def kill_web_worker(house: House) -> None:
    kill(house.random.choice(house.web_workers()))


@fault()
def kill_gunicorn_master(house: House) -> None:
    kill(house.stack.pid("gunicorn"))


@fault()
def kill_rq_worker(house: House) -> None:
    kill(house.rq_worker("mail"))


@fault()
def kill_horse(house: House) -> None:
    """The child that runs a job, in the middle of it: the mail server is slow, so that there is one."""
    house.mail.manner, house.mail.seconds = "slow", 3.0
    until = time.monotonic() + 15
    while not (horses := children(house.rq_worker("mail"))) and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.3)
    kill(*horses)
    house.mail.manner = ""
    house.notes.append(f"{len(horses)} horse killed")


@fault()
def kill_relay(house: House) -> None:
    kill(house.relay())


@fault()
def kill_all_at_once(house: House) -> None:
    """Web server and workers with all their processes; PostgreSQL and Valkey too."""
    programs = [house.stack.pid(name) for name in ("gunicorn", "worker.py", "postgres", "valkey")]
    kill(*{pid for program in programs for pid in family(program)})


def stand_still(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(STILL)
    for pid in pids:
        if Path(f"/proc/{pid}").exists():  # gunicorn kills a worker that gives no sign of life
            os.kill(pid, signal.SIGCONT)


@fault()
def stop_web_worker_40_s(house: House) -> None:
    stand_still(house.random.choice(house.web_workers()))


@fault()
def stop_mail_worker_40_s(house: House) -> None:
    worker = house.rq_worker("mail")
    stand_still(worker, *children(worker))


@fault()
def stop_relay_40_s(house: House) -> None:
    stand_still(house.relay())


@fault()
def stop_valkey_40_s(house: House) -> None:
    stand_still(house.stack.pid("valkey"))


@fault(settles=10.0)
def stop_postgres_40_s(house: House) -> None:
    stand_still(*family(house.stack.pid("postgres")))
