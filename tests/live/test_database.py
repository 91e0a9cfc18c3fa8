"""PostgreSQL goes away and comes back: nothing acknowledged is lost, nothing is stored twice, and lines stay open."""

import time
import uuid

import psycopg
import pytest
from sqlalchemy import select

from crm.conversations.models import Message
from crm.db import db
from tests import make
from tests.live.server import PATIENCE

pytestmark = [pytest.mark.committed, pytest.mark.live]


@pytest.fixture
def cut_connections(app, servers):
    """Does to every connection of the app what a restart of PostgreSQL does."""

    def cut() -> int:
        with app.app_context():
            db.engine.dispose()  # this process is not what is looked at
        return terminate(servers)

    return cut


def terminate(servers) -> int:
    with psycopg.connect(servers.superuser_database_url, autocommit=True) as superuser:
        query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'rapport_app'"
        return superuser.execute(query).fetchone()[0]


def say_until_taken(house, body: str, client_id: str) -> list[int]:
    """As the page does: again with the same id until it is acknowledged. The statuses on the way."""
    answers, end = [], time.monotonic() + PATIENCE
    while (not answers or answers[-1] != 201) and time.monotonic() < end:
        answers.append(house.browser.say(house.number, body, client_id=client_id))
        time.sleep(0.05 if answers[-1] != 201 else 0)
    return answers


def test_cut_connections_cost_a_try_and_lose_nothing(cut_connections, house):
    line = house.boss.listen(house.path)
    said, refusals = {}, []
    for n in range(20):
        if n % 5 == 2:
            assert cut_connections() > 0
        client_id = str(uuid.uuid4())
        answers = say_until_taken(house, f"Number {n}", client_id)
        assert answers[-1] == 201 and set(answers) <= {201, 503}, answers
        refusals += answers[:-1]
        said[client_id] = f"Number {n}"
    with make.inside(house.slug):
        rows = db.session.scalars(select(Message).where(Message.kind == "chat").order_by(Message.seq)).all()
    kept = [(str(row.client_id), row.body) for row in rows if str(row.client_id) in said]
    assert kept == list(said.items()), "each once, in order, unchanged"
    assert len(refusals) <= 12
    line.wait_for(lambda frame: "Number 19" in frame.get("content", ""))
    assert line.alive()


def test_a_revocation_is_seen_although_the_look_at_it_failed_once(cut_connections, house):
    """The connection of the guard itself is cut between the change and its look."""
    lines = [house.browser.listen("/live") for _ in range(4)]
    time.sleep(1.2)
    with make.inside(house.slug):
        from crm.accounts.models import Employee

        Employee.find(id=house.anna.id).end_sessions()
    cut_connections()
    for line in lines:
        assert line.ended()[0] == 4003
