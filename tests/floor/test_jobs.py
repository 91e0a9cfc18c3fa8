"""Jobs run once for their tenant, through a real queue; the clock does each thing once, however many clocks there are."""

import json
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import select, update

from crm import jobs
from crm.accounts.models import Department
from crm.db import db, now
from crm.jobs import Clock, Entry, Job
from crm.tenancy import as_tenant, current_tenant
from tests import make

pytestmark = pytest.mark.committed


@pytest.fixture
def worker(app, servers, monkeypatch):
    """`worker()`: does everything that is queued, in this process, as the RQ worker of worker.py would."""
    monkeypatch.setattr(jobs, "_app", app)
    redis.Redis.from_url(servers.redis_url).flushdb()

    def work(name="default"):
        with app.app_context():
            queue = jobs.rq_queue(name)
        SimpleWorker([queue], connection=queue.connection, serializer=JSONSerializer).work(
            burst=True, logging_level="ERROR"
        )
        return queue

    return work


@pytest.fixture
def job(monkeypatch):
    """`job(function)` is a job for one test."""

    def made(work, queue="default", seconds=30):
        one = Job(work.__name__, queue, work, seconds)
        monkeypatch.setitem(jobs.jobs, work.__name__, one)
        return one

    return made


def test_a_job_runs_in_its_tenant_and_commits(app, worker, job):
    def open_department(name):
        Department(name=f"{name} of {current_tenant.slug}").save()

    opening = job(open_department)
    for slug in ("acme", "globex"):
        with make.inside(slug):
            opening.enqueue(name="Returns")
    worker()
    for slug in ("acme", "globex"):
        with make.inside(slug):
            names = db.session.scalars(select(Department.name).where(Department.name.like("Returns%"))).all()
            assert names == [f"Returns of {slug}"]


def test_a_job_that_fails_changes_nothing_and_is_retried_three_times(app, worker, job):
    tries = []

    def open_and_break(name):
        tries.append(name)
        Department(name=f"Half {len(tries)}").save()
        db.session.flush()
        if len(tries) < 4:
            raise ValueError("not yet")

    with make.inside():
        job(open_and_break).enqueue(name="x")
    worker()
    with make.inside():
        halves = db.session.scalars(select(Department.name).where(Department.name.like("Half%"))).all()
    assert (len(tries), halves) == (4, ["Half 4"])


def test_what_stands_in_the_queue_is_json_and_names_one_function(app, worker, job, servers):
    def nothing(name):
        pass

    with make.inside() as tenant:
        job(nothing).enqueue(name="x")
        [queued] = jobs.rq_queue("default").jobs
    raw = redis.Redis.from_url(servers.redis_url).hget(f"rq:job:{queued.id}", "data")

    assert json.loads(zlib.decompress(raw))[0] == "crm.jobs.run"
    assert list(queued.args) == [str(tenant.id), "nothing", {"name": "x"}]
    assert queued.retries_left == 3


def test_every_job_names_a_queue_that_somebody_serves():
    assert {one.queue for one in jobs.jobs.values()} <= set(jobs.QUEUES)


# -- the clock


@pytest.fixture
def entry(monkeypatch):
    """`entry(function, seconds)`: the clock knows nothing else during the test."""
    monkeypatch.setattr(jobs, "clock_entries", {})

    def made(work, seconds=60, each_tenant=False):
        jobs.clock_entries[work.__name__] = Entry(work.__name__, seconds, work, each_tenant)

    return made


def wind(app):
    with app.app_context():
        jobs.wind_clock()


def tick(app):
    with app.app_context():
        return jobs.tick()


def test_two_clocks_do_a_thing_once(app, entry):
    ran = []

    def count_me():
        ran.append(1)

        time.sleep(0.3)

    entry(count_me)
    wind(app)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: tick(app), range(4)))
    assert (len(ran), sum(done)) == (1, 1)


def test_a_thing_is_done_again_when_it_is_due(app, entry):
    ran = []

    def again():
        ran.append(1)

    entry(again, seconds=60)
    wind(app)
    tick(app)
    tick(app)
    assert len(ran) == 1
    with app.app_context():
        db.session.execute(update(Clock).values(due=now() - timedelta(hours=5)))
        db.session.commit()
    tick(app)
    wind(app)
    tick(app)
    assert len(ran) == 2, "once, however long it was overdue, and winding does not make it due"


def test_a_clock_that_was_ahead_for_a_while_stops_nothing(app, entry):
    """What was done under the wrong time would be due in hours."""
    ran = []

    def again():
        ran.append(1)

    entry(again, seconds=60)
    wind(app)
    for ahead, times in ((timedelta(hours=3), 1), (timedelta(seconds=90), 1)):
        with app.app_context():
            db.session.execute(update(Clock).values(due=now() + ahead))
            db.session.commit()
        tick(app)
        assert len(ran) == times, "other machines' clocks may be a little ahead"


def test_an_entry_for_each_tenant_runs_in_each_and_one_tenants_trouble_is_its_own(app, entry):
    for slug in ("acme", "globex", "initech"):
        make.tenant(slug)

    def open_desk():
        Department(name="Clock desk").save()
        db.session.flush()
        if current_tenant.slug == "globex":
            raise ValueError("only here")

    entry(open_desk, each_tenant=True)
    wind(app)
    tick(app)
    opened = {}
    for slug in ("acme", "globex", "initech"):
        with make.inside(slug):
            opened[slug] = Department.first(name="Clock desk") is not None
    assert opened == {"acme": True, "globex": False, "initech": True}


def test_a_broken_entry_does_not_stop_the_clock(app, entry):
    ran = []

    def a_breaks():
        raise ValueError("always")

    def b_runs():
        ran.append(1)

    entry(a_breaks)
    entry(b_runs)
    wind(app)
    assert tick(app) == 2 and ran == [1]


def test_an_entry_that_is_not_known_any_more_is_left_alone(app, entry):
    with app.app_context():
        db.session.add(Clock(name="of an older release", due=now() - timedelta(days=9)))
        db.session.commit()
        assert jobs.tick() == 0


def test_the_real_entries_all_run_on_an_empty_server(app, monkeypatch):
    """Each entry by itself and raising, not only logged."""
    with app.app_context():
        for one in jobs.clock_entries.values():
            if not one.each_tenant:
                one.work()
    with make.inside() as tenant:
        pass
    with app.app_context():
        for one in (one for one in jobs.clock_entries.values() if one.each_tenant):
            with as_tenant(tenant):
                one.work()
