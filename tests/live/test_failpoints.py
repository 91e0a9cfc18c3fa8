"""Every place of crm/failpoints.py in turn: a real process dies there, another one takes up its work, and nothing that was
promised is lost, stored twice or sent twice (RELIABILITY, rules 2, 4 and 9)."""

import email
import http.client
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from aiosmtpd.controller import Controller
from sqlalchemy import func, or_, select, update

from crm import jobs
from crm.conversations.models import Message
from crm.db import db, now
from crm.events import Event, Outbox
from crm.failpoints import PLACES
from crm.jobs import Clock
from crm.mail import Mail, queue_mail
from crm.ops.folder import free_port
from tests import make
from tests.live.server import PATIENCE, ROOT, Browser, Gunicorn, until

pytestmark = pytest.mark.committed

IN_A_REQUEST = ("before_commit", "after_commit", "after_publish")
# What becomes of a notice, and how often it and an answer are seen by the mail server.
IN_THE_WORKER = {
    "relay_took": ("sent", 1, 1),
    "after_reaction": ("sent", 1, 1),
    "after_relay": ("sent", 1, 1),
    "after_enqueue": ("sent", 1, 1),
    "job_start": ("sent", 1, 1),
    "mail_marked": ("uncertain", 0, 1),
    "before_dot": ("uncertain", 0, 1),
    "after_dot": ("uncertain", 1, 2),
    "after_answer": ("uncertain", 1, 2),
    "job_done": ("sent", 1, 1),
}


def test_every_place_has_its_test():
    assert {*IN_A_REQUEST, *IN_THE_WORKER} == set(PLACES)


# -- in a request


@pytest.mark.parametrize("place", IN_A_REQUEST)
def test_a_message_whose_request_dies_is_stored_once_however_often_it_is_sent(
    place, config, bell, server, house, tmp_path, monkeypatch
):
    house.browser.say(house.number, "Before")
    with monkeypatch.context() as patch:
        patch.setenv("RAPPORT_FAILPOINT", f"{place}:kill")
        dying = Gunicorn(config, bell.url, tmp_path / "dying.log")
    form = {"body": "Hello", "client_id": str(uuid.uuid4())}
    elsewhere = Browser(dying, house.slug, house.browser.cookie, house.browser.token)
    with pytest.raises((http.client.HTTPException, OSError)):
        elsewhere.say(house.number, **form)
    assert f"Failpoint {place} reached" in dying.logged()
    dying.stop()
    assert [house.browser.say(house.number, **form) for _ in range(2)] == [201, 201]
    with make.inside(house.slug):
        [stored] = db.session.scalars(select(Message).where(Message.client_id == uuid.UUID(form["client_id"]))).all()
        told = db.session.scalar(select(func.count()).select_from(Event).where(Event.subject_id == stored.id))
    assert (stored.body, told) == ("Hello", 1)
    assert house.browser.ask("GET", f"/conversations/{house.number}/changes?after=0")[1].count(form["client_id"]) > 0


# -- in the worker


class Post:
    """A mail server that keeps the Message-IDs of what it took."""

    def __init__(self):
        self.took: list[str] = []

    async def handle_DATA(self, server, session, envelope):
        self.took.append(email.message_from_bytes(envelope.original_content)["Message-ID"])
        return "250 Kept"


@pytest.fixture(scope="module")
def post() -> Iterator[tuple[Post, int]]:
    kept, port = Post(), free_port()
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    yield kept, port
    server.stop()


class Nursery:
    def __init__(self, environment: dict[str, str], log: Path):
        self.log = log.open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.live.nursery"], cwd=ROOT, env=os.environ | environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
        )  # fmt: skip
        assert self.answer() == "ready", self.logged()

    def answer(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def logged(self) -> str:
        return Path(self.log.name).read_text()

    def worker(self, failpoint: str = "") -> int:
        assert self.process.stdin
        self.process.stdin.write(f"{failpoint}\n")
        self.process.stdin.flush()
        return int(self.answer())

    def kill(self, worker: int) -> None:
        """The whole machine goes, so to speak: the children end with their parent, and one in the middle too."""
        with suppress(ProcessLookupError):
            os.killpg(worker, signal.SIGKILL)
        time.sleep(0.1)

    def end(self, worker: int) -> None:
        """Wait, too: it would do the next test's work."""
        os.kill(worker, signal.SIGTERM)
        until(lambda: not Path(f"/proc/{worker}").exists(), otherwise="the worker does not end")


@pytest.fixture(scope="module")
def nursery(config, servers, post, tmp_path_factory) -> Iterator[Nursery]:
    environment = {"DATABASE_URL": config.database_url, "REDIS_URL": servers.redis_url, "PUBLIC_URL": "http://localhost",
                   "SECRET_KEY": config.secret_key, "SMTP_URL": f"smtp://127.0.0.1:{post[1]}"}  # fmt: skip
    started = Nursery(environment, tmp_path_factory.mktemp("nursery") / "log")
    yield started
    started.process.communicate(timeout=PATIENCE)


@pytest.mark.parametrize("place", IN_THE_WORKER)
def test_a_mail_whose_worker_dies_goes_out_as_promised(place, app, nursery, post, servers):
    redis.Redis.from_url(servers.redis_url).flushall()  # jobs of other tests would be done first
    state, notices, answers = IN_THE_WORKER[place]
    before = nursery.logged().count(f"Failpoint {place} reached")
    notice, answer = queued("notice"), queued("answer", must_arrive=True)
    worker = nursery.worker(f"{place}:kill")
    deaths = 1 if place in ("relay_took", "after_reaction", "after_relay", "after_enqueue") else 2
    until(lambda: nursery.logged().count(f"Failpoint {place} reached") >= before + deaths, otherwise="it did not die")
    nursery.kill(worker)
    an_hour_passes()
    worker = nursery.worker()
    until(lambda: settled(notice, answer, state), otherwise="the mails did not go out")
    until(outbox_is_empty, otherwise="the outbox holds something")
    nursery.end(worker)
    assert [post[0].took.count(one.message_id) for one in (notice, answer)] == [notices, answers]
    listed = make.browser(make.boris()).get("/acme/settings/mails").text
    assert ("notice@example.com" in listed) == (state == "uncertain")


def queued(key: str, **options) -> Mail:
    with make.inside():
        queue_mail(key, f"{key}@example.com", "password_changed", "en", link="http://localhost/acme", **options)
        return Mail.find(key=key)


def an_hour_passes() -> None:
    """One table at a time: the clock, too, holds its own row while it changes mails."""
    for table in (Mail, Outbox, Clock):
        with make.inside():
            query = update(table).values(due=now() - timedelta(hours=1))
            if table is Mail:  # one that is being sent at this moment does not take an hour
                query = query.where(or_(Mail.state != "sending", Mail.due < now() - timedelta(seconds=3)))
            db.session.execute(query)
            db.session.commit()


def settled(notice: Mail, answer: Mail, state: str) -> bool:
    """As many hours pass as it takes, none before the last one's jobs are done: else these pile up."""
    with make.inside():
        if [Mail.find(id=one.id).state for one in (notice, answer)] == [state, "sent"]:
            return True
        waiting = sum(jobs.rq_queue(name).count for name in jobs.QUEUES)
    time.sleep(0.2)
    if not waiting:
        an_hour_passes()
    return False


def outbox_is_empty() -> bool:
    with make.inside():
        return db.session.scalar(select(func.count()).select_from(Outbox)) == 0
