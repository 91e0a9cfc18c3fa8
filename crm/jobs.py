"""Work outside of requests: RQ jobs that carry ids, and the clock.

RQ is never the record: what a job does stands as due in a table, and a clock entry finds what was lost.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import redis
from flask import Flask, current_app, g
from rq import Queue, Retry
from rq.serializers import JSONSerializer
from sqlalchemy import and_, or_, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from . import failpoints
from .db import Base, db, now
from .events import commit
from .extensions import bell, connect
from .tenancy import Tenant, as_tenant

log = logging.getLogger(__name__)

# What comes in waits by itself: answers go out however much there is of it. What is long has a queue of its own.
QUEUES = ("mail", "inbound", "default", "imports")
UNFORKED = {"inbound"}  # their jobs share a process, with what it keeps: a reader of mails, a database connection
UNHURRIED = {"inbound", "imports"}  # their processes leave the processor to whoever answers somebody
CLOCK_SECONDS = 60  # by which the clocks of several machines may differ
jobs: dict[str, "Job"] = {}
clock_entries: dict[str, "Entry"] = {}
WOKEN_SECONDS = 60  # after which a job that was lost is asked for anew


@dataclass(frozen=True)
class Job:
    name: str
    queue: str
    work: Callable[..., None]
    seconds: int

    def enqueue(self, **ids: str | int) -> None:
        """Hand over to the worker for the tenant of the moment. Raises redis.RedisError: call it from the relay only."""
        if g.get("redis_is_away"):
            raise redis.ConnectionError("It did not answer a moment ago.")
        rq_queue(self.queue).enqueue(
            "crm.jobs.run", str(g.tenant_id), self.name, ids, retry=Retry(max=3), job_timeout=self.seconds, result_ttl=0
        )
        failpoints.reach("after_enqueue")

    def wake(self) -> bool:
        """Right after a commit: have the worker look for what waits, once however often this is asked for until it begins.

        For jobs that take nothing and find their work in a table. False when Redis is away.
        """
        first = bell.ask(lambda client: bool(client.set(self.woken, 1, nx=True, ex=WOKEN_SECONDS)))
        try:
            if first:
                self.enqueue()
        except redis.RedisError:
            return False
        return first is not None

    def others_wait(self) -> bool:
        """Whether something is next in its queue. Raises redis.RedisError."""
        return rq_queue(self.queue).count > 0

    def begin(self, ids: dict[str, Any]) -> None:
        if not ids:  # what comes from now on asks anew
            rq_queue(self.queue).connection.delete(self.woken)
        self.work(**ids)

    @property
    def woken(self) -> str:
        return f"rapport-woken:{g.tenant_id}:{self.name}"


@dataclass(frozen=True)
class Entry:
    """Something the clock does every `seconds`, for each tenant or once for the server."""

    name: str
    seconds: int
    work: Callable[[], None]
    each_tenant: bool


class Clock(Base):
    __tablename__ = "clock"

    name: Mapped[str] = mapped_column(primary_key=True)
    due: Mapped[datetime]


def job(queue: str = "default", seconds: int = 60) -> Callable[[Callable[..., None]], Job]:
    """Make a job: JSON arguments, always retried, at most `seconds` long, within its tenant."""

    def decorate(work: Callable[..., None]) -> Job:
        jobs[work.__name__] = Job(work.__name__, queue, work, seconds)
        return jobs[work.__name__]

    return decorate


def every(seconds: int, each_tenant: bool = True) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def decorate(work: Callable[[], None]) -> Callable[[], None]:
        clock_entries[work.__name__] = Entry(work.__name__, seconds, work, each_tenant)
        return work

    return decorate


def rq_queue(name: str) -> Queue:
    connection = current_app.extensions.setdefault("rq_connection", connect(current_app.config["CRM"].redis_url, 5))
    return Queue(name, connection=connection, serializer=JSONSerializer)


def the_app() -> Flask:
    """The worker's app; made before it forks, so that every job finds it warm."""
    global _app
    if _app is None:
        from . import create_app

        _app = create_app()
    return _app


_app: Flask | None = None


def run(tenant_id: str, name: str, ids: dict[str, Any]) -> None:
    """What RQ calls in the forked child."""
    with the_app().app_context(), as_tenant(UUID(tenant_id)):
        failpoints.reach("job_start")
        jobs[name].begin(ids)
        commit()
        failpoints.reach("job_done")


# -- the clock


def tick() -> int:
    """Do everything that is due; return how many entries. Safe with any number of clocks: rows are locked while they run."""
    done = 0
    while (entry := next_due()) is not None:
        done += entry
    return done


def next_due() -> int | None:
    query = select(Clock.name).where(is_due(), Clock.name.in_(clock_entries)).order_by(Clock.due).limit(1)
    with db.engine.begin() as connection:
        name = connection.scalar(query.with_for_update(skip_locked=True))
        if name is None:
            return None
        entry = clock_entries[name]
        work_through(entry)
        connection.execute(
            Clock.__table__.update().where(Clock.name == name).values(due=now() + timedelta(seconds=entry.seconds))
        )
    return 1


def is_due() -> Any:
    """Also what is due later than it ever could be: that was written while the machine's clock was ahead."""
    moment = now()
    ahead = [and_(Clock.name == one.name, Clock.due > moment + timedelta(seconds=one.seconds + CLOCK_SECONDS))
             for one in clock_entries.values()]  # fmt: skip
    return or_(Clock.due <= moment, *ahead)


def work_through(entry: Entry) -> None:
    if not entry.each_tenant:
        return attempt(entry)
    for tenant in db.session.scalars(select(Tenant).order_by(Tenant.id)).all():
        attempt(entry, tenant)


def attempt(entry: Entry, tenant: Tenant | None = None) -> None:
    """One tenant's trouble is logged and holds up nobody else's; the next round tries again."""
    try:
        if tenant is None:
            entry.work()
            commit()
        else:
            with as_tenant(tenant):
                entry.work()
                commit()
    except Exception:
        db.session.rollback()
        log.exception("A clock entry failed.", extra={"entry": entry.name})


def wind_clock() -> None:
    """Make sure that every entry has its row."""
    for name in clock_entries:
        db.session.execute(upsert(Clock.__table__).values(name=name, due=now()).on_conflict_do_nothing())
    db.session.commit()


@every(seconds=6 * 3600, each_tenant=False)
def make_months() -> None:
    """Partitions of events and audit for the months ahead, by the owner's definer function."""
    db.session.execute(text("SELECT make_months(3)"))


def beat_worker() -> None:
    """Leave a sign of life that /readyz and `crm doctor` look at."""
    row = {"name": "worker.alive", "due": now()}
    db.session.execute(upsert(Clock.__table__).values(**row).on_conflict_do_update(index_elements=["name"], set_=row))
    db.session.commit()
