"""The workers: one forked child per queue, the outbox relay and the clock, each started again when it ends.

The parent imports everything once and freezes it, so that the children share its memory, and keeps no
connection itself. SIGTERM ends all of them after the job in hand; a child ends when its parent is gone.
"""

import ctypes
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

import redis
from rq import SimpleWorker, Worker
from rq.serializers import JSONSerializer
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import configure_mappers

from crm import jobs
from crm.config import ConfigError
from crm.extensions import connect
from crm.logs import Context

log = logging.getLogger("crm.worker")
IDLE_SECONDS = 0.3
MUCH, QUIET = 100, 20  # found, and looks in vain after that: some six seconds
PR_SET_PDEATHSIG = 1
ENDING = (signal.SIGTERM, signal.SIGINT)


def main() -> None:
    try:
        app = jobs.the_app()
    except ConfigError as problem:
        sys.exit(str(problem))
    configure_mappers()  # what each child would else make for itself
    warm_up(app)
    gc.collect()
    gc.freeze()
    del app
    Family(parts()).run()


def warm_up(app: Any) -> None:
    """Connect and ask once, so that what drivers make for themselves then is made here, and shared; nothing stays open.

    Without a database, or a Redis, the children wait for it, each for itself.
    """
    from crm.conversations.received import fetcher
    from crm.db import db
    from crm.locale import read_ahead

    read_ahead(app)
    with suppress(SQLAlchemyError), app.app_context():
        fetcher.wanted()
        db.session.remove()
        db.engine.dispose()
    with suppress(redis.RedisError), connect(app.config["CRM"].redis_url, 5) as line:
        line.ping()


def parts() -> dict[str, Callable[[], None]]:
    queues: dict[str, Callable[[], None]] = {name: lambda name=name: serve_queue(name) for name in jobs.QUEUES}
    more = {"listener": listen} if jobs.the_app().config["CRM"].mail_listen else {}
    return (
        queues
        | {"relay": lambda: repeat(relay, until_quiet=True), "clock": lambda: repeat(clock), "fetcher": fetch}
        | more
    )


class Family:
    """The children by name; `run` keeps them alive until SIGTERM or SIGINT."""

    def __init__(self, parts: dict[str, Callable[[], None]]):
        self.parts = parts
        self.children: dict[int, str] = {}
        self.born: dict[str, float] = {}
        self.ending = False

    def run(self) -> None:
        for number in ENDING:
            signal.signal(number, self.end)
        for name in self.parts:
            self.start(name)
        while self.children:
            try:
                pid, status = os.wait()
            except InterruptedError:
                continue
            gone = self.children.pop(pid, None)
            if gone and not self.ending:
                log.log(
                    logging.WARNING if status else logging.DEBUG,
                    "%s ended with status %d and is started again.",
                    gone,
                    status,
                )
                time.sleep(max(0.0, 1.0 - (time.monotonic() - self.born[gone])))
                self.start(gone)

    def start(self, name: str) -> None:
        """Fork a child, unless all are to end. No signal is heard until the child is known here and can hear it itself."""
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        if not self.ending:
            pid = os.fork()
            if pid == 0:
                self.live(name)
            self.children[pid], self.born[name] = name, time.monotonic()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)

    def live(self, name: str) -> NoReturn:
        """What a child does."""
        code = 1
        try:
            tie_to_parent()
            for number in ENDING:
                signal.signal(number, lambda *_: sys.exit(0))
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
            self.parts[name]()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        except BaseException:
            log.exception("%s broke.", name)
        os._exit(code)

    def end(self, *_: object) -> None:
        self.ending = True
        for pid in self.children:
            with suppress(ProcessLookupError):  # it has ended, and is about to be taken off the list
                os.kill(pid, signal.SIGTERM)


def tie_to_parent() -> None:
    """Have the kernel end this child when its parent dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def serve_queue(name: str) -> None:
    """One RQ worker for one queue (several share BLPOP and can lose a popped job)."""
    if name in jobs.UNHURRIED:
        os.nice(10)
    with jobs.the_app().app_context():
        queue = jobs.rq_queue(name)
        kind = SimpleWorker if name in jobs.UNFORKED else Worker
        worker = kind([queue], connection=queue.connection, serializer=JSONSerializer, name=f"{name}-{os.getpid()}",
                        exception_handlers=[tell_failure])  # fmt: skip
        quieten(logging.getLogger("rq.worker"))
        worker.work(with_scheduler=False)


def quieten(rq: logging.Logger) -> None:
    """An outage in a line here, too; what `tell_failure` tells is not told twice."""
    rq.setLevel(logging.WARNING)
    rq.addFilter(Context())
    rq.addFilter(lambda record: "exception raised while executing" not in str(record.msg))


def tell_failure(job: Any, kind: type[BaseException], problem: BaseException, trace: Any) -> None:
    """In our log's own words, not in RQ's: an outage has no traceback there."""
    log.error(
        "A job failed; RQ tries it up to three times more.", exc_info=(kind, problem, trace), extra={"job": job.id}
    )


def repeat(step: Callable[[], int], until_quiet: bool = False) -> None:
    """Do `step` until SIGTERM, the one in hand to its end: at once again while it finds work, else after a moment.

    What much work took of memory is never given back: `until_quiet` ends after it, when there is nothing to do.
    """
    from crm.db import db

    app, leaving = jobs.the_app(), asked_to_leave()
    done = in_vain = 0
    while not leaving and not (until_quiet and done >= MUCH and in_vain >= QUIET):
        try:
            with app.app_context():
                found = step()
        except SystemExit:
            raise
        except Exception as problem:
            log.error("%s: %s", step.__name__, problem, exc_info=log.isEnabledFor(logging.DEBUG))
            found = 0
            time.sleep(1)
            with app.app_context():
                db.engine.dispose()
        done, in_vain = done + found, 0 if found else in_vain + 1
        if not found:
            time.sleep(IDLE_SECONDS)


def asked_to_leave() -> list[int]:
    """Holds something after the first SIGTERM or SIGINT; the second ends the process where it stands."""
    heard: list[int] = []

    def hear(number: int, _: object) -> None:
        if heard:
            sys.exit(0)
        heard.append(number)

    for number in ENDING:
        signal.signal(number, hear)
    return heard


def listen() -> None:
    """Mails over SMTP or LMTP, where MAIL_LISTEN says."""
    from crm.conversations.received.listener import serve

    serve(jobs.the_app())


def fetch() -> None:
    """Mails from mailboxes elsewhere."""
    from crm.conversations.received.fetcher import watch

    watch(jobs.the_app(), asked_to_leave())


def relay() -> int:
    from crm.relay import dispatch

    return dispatch()


beaten = 0.0


def clock() -> int:
    """Everything that is due, and every ten seconds a sign of life."""
    global beaten
    if beaten == 0.0:
        jobs.wind_clock()
    if time.monotonic() - beaten > 10:
        beaten = time.monotonic()
        jobs.beat_worker()
    return jobs.tick()


if __name__ == "__main__":
    main()
