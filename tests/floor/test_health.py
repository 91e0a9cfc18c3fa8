"""Alive, ready, degraded: what a load balancer and an operator are told, and nothing more."""

import dataclasses

import psycopg
import pytest
import redis

from crm import create_app, jobs
from crm.extensions import bell, connect
from crm.realtime import hub
from crm.revisions import newest

pytestmark = pytest.mark.committed


def ready(app):
    answer = app.test_client().get("/readyz")
    return answer.status_code, answer.json


@pytest.fixture
def working(app):
    """A worker that gives signs of life."""
    with app.app_context():
        jobs.beat_worker()


def test_alive_asks_nothing_and_nobody(app, statements):
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json, statements) == (200, {"status": "alive"}, [])


def test_ready_when_everything_answers(app, working):
    assert ready(app) == (200, {"status": "ready", "database": "ok", "redis": "ok", "worker": "ok"})


def test_degraded_without_a_worker_but_still_in_service(app):
    status, parts = ready(app)
    assert (status, parts["status"], parts["worker"]) == (200, "degraded", "not running")


def test_degraded_without_redis_but_still_in_service(app, working, monkeypatch):
    monkeypatch.setattr(bell, "client", connect("redis://127.0.0.1:9/0"))
    status, parts = ready(app)
    assert (status, parts["status"], parts["redis"]) == (200, "degraded", "unreachable")


def test_not_ready_while_migrations_are_missing(app, servers, working):
    with psycopg.connect(servers.owner_database_url, autocommit=True) as owner:
        [(now,)] = owner.execute("UPDATE alembic_version SET version_num = 'older' RETURNING 'older'").fetchall()
        try:
            status, parts = ready(app)
        finally:
            owner.execute("UPDATE alembic_version SET version_num = %s", [*newest()])
    assert now == "older" and (status, parts["status"]) == (503, "unready") and "crm db migrate" in parts["database"]
    assert ready(app)[0] == 200


def test_not_ready_without_the_database(app, config, monkeypatch):
    monkeypatch.setattr(hub, "app", app)  # a second app in one process takes these over
    monkeypatch.setattr(bell, "client", bell.client)
    away = dataclasses.replace(config, database_url="postgresql://nobody:hunter2@127.0.0.1:9/gone")
    other = create_app(away, testing=True)
    answer = other.test_client().get("/readyz")
    assert answer.status_code == 503 and answer.json["status"] == "unready"
    assert other.test_client().get("/healthz").status_code == 200
    assert "hunter2" not in answer.text and "9" not in answer.json["database"]


def test_the_pages_say_nothing_about_the_server(app):
    for path in ("/healthz", "/readyz", "/acme/inbox", "/nowhere/at/all"):
        answer = app.test_client().get(path)
        assert "X-Powered-By" not in answer.headers and "Werkzeug" not in answer.text
        assert not [version for version in ("PostgreSQL 1", "Valkey", "gunicorn", "Flask") if version in answer.text]


def test_a_dead_bell_is_skipped_for_a_moment_and_then_tried_again(app, monkeypatch, servers):
    monkeypatch.setattr(bell, "client", connect("redis://127.0.0.1:9/0"))
    assert not bell.publish("rapport:x", "frame") and bell.dead_until > 0
    monkeypatch.setattr(bell, "client", connect(servers.redis_url))
    assert not bell.publish("rapport:x", "frame"), "still skipped"
    monkeypatch.setattr(bell, "dead_until", 0.0)
    assert bell.publish("rapport:x", "frame")


def test_the_bell_survives_an_answer_that_is_an_error(app, monkeypatch, servers):
    """Such as a Redis that is full or read-only."""
    client = connect(servers.redis_url)
    monkeypatch.setattr(bell, "client", client)
    monkeypatch.setattr(client, "publish", lambda *_: (_ for _ in ()).throw(redis.ResponseError("OOM")))
    assert not bell.publish("rapport:x", "frame")
    monkeypatch.setattr(bell, "dead_until", 0.0)
