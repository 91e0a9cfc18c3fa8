"""Real PostgreSQL and Valkey for every test. Most tests run inside one transaction that is rolled back;
tests marked `committed` (walls, sockets, browsers) commit for real and are swept up after."""

import dataclasses
import json
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from xdist.scheduler.loadfile import LoadFileScheduling

from crm import create_app
from crm.catalog import pdf
from crm.config import Config
from crm.conversations.channels.email_in import caps
from crm.customers.relations import graph
from crm.db import db
from crm.extensions import bell, connect, limiter
from crm.ops.assets import compile_translations
from crm.realtime import Topic
from crm.realtime.hub import hub
from crm.tenancy import forget_cached_tenant
from tests import make
from tests.servers import Servers, servers

__all__ = ["servers"]
PATIENCE = 60.0


@pytest.fixture(scope="session")
def config(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Config:
    return Config.from_env(
        {
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "SECRET_KEY": "only-for-tests-" * 4,
            "FILES_DIR": str(tmp_path_factory.mktemp("files")),
            "PUBLIC_URL": "http://localhost",
            "SMTP_URL": "smtp://127.0.0.1:9",
        }
    )


@pytest.fixture(scope="session")
def real_app(config: Config) -> Flask:
    compile_translations()
    make.hash_quickly()
    app = create_app(config, testing=True)
    app.config["WTF_CSRF_ENABLED"] = False
    have_patience(config.redis_url)
    app.extensions["shared"] = bell.client, dict(vars(limiter))
    return app


def have_patience(redis_url: str) -> None:
    """A machine that has much to do is no dead Redis: frames would be lost, and limits counted anew, once in a while."""
    bell.client = connect(redis_url, PATIENCE)
    wait_for_limits(PATIENCE)
    pdf.SECONDS = caps.WALL_SECONDS = graph.SECONDS = 300


def wait_for_limits(seconds: float) -> None:
    """How long whoever is counted waits for Redis; half a second outside of tests."""
    pool = limiter.storage.storage.connection_pool  # type: ignore[union-attr]
    pool.connection_kwargs |= {"socket_timeout": seconds, "socket_connect_timeout": seconds}
    pool.disconnect()
    pool.reset()  # those that are kept have their own time


@pytest.fixture
def app(real_app: Flask, request: pytest.FixtureRequest, servers: Servers) -> Iterator[Flask]:
    forget_cached_tenant()
    share(real_app)
    make.use(real_app)
    if request.node.get_closest_marker("committed"):
        yield real_app
        sweep(servers.superuser_database_url)
    else:
        with rolled_back(real_app):
            yield real_app
    forget_cached_tenant()


def share(app: Flask) -> None:
    """What all apps of a process share may have been another's."""
    bell.client, limits = app.extensions["shared"]
    bell.dead_until, hub.app = 0.0, app
    vars(limiter).update(limits)


class rolled_back:
    """Every session of the app joins one outer transaction, and its commits become savepoints."""

    def __init__(self, app: Flask):
        self.app = app

    def __enter__(self) -> None:
        with self.app.app_context():
            self.engines = db.engines
            self.engine = self.engines[None]
        self.connection = self.engine.connect()
        self.transaction = self.connection.begin()
        self.engines[None] = self.connection
        db.session.session_factory.configure(join_transaction_mode="create_savepoint")

    def __exit__(self, *_: object) -> None:
        self.engines[None] = self.engine
        db.session.session_factory.configure(join_transaction_mode="conditional_savepoint")
        self.transaction.rollback()
        self.connection.close()


def sweep(superuser_url: str) -> None:
    """Empty every table but the migrations' own: five times faster than TRUNCATE, which makes new files."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        query = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace"
        tables = [name for (name,) in connection.execute(query).fetchall() if name != "alembic_version"]
        deletions = "; ".join(f"DELETE FROM {name}" for name in tables)
        connection.execute(f"SET session_replication_role = replica; {deletions}")


@pytest.fixture
def anna(app: Flask) -> make.Anybody:
    """Agent of acme."""
    return make.anna()


@pytest.fixture
def boris(app: Flask) -> make.Anybody:
    """Admin of acme."""
    return make.boris()


@pytest.fixture
def carla(app: Flask) -> make.Anybody:
    """Agent of globex: an outsider to acme."""
    return make.carla()


@pytest.fixture
def client(anna: make.Anybody) -> FlaskClient:
    """Anna's browser."""
    return make.browser(anna)


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    """A browser that is signed in nowhere."""
    return app.test_client()


@pytest.fixture
def pushed(app: Flask, servers: Servers) -> Iterator[Callable[[Topic], str]]:
    """`pushed(topic)`: everything that was published on the topic since the test began, as one text."""
    line = redis.Redis.from_url(servers.redis_url, socket_timeout=30)
    listener = line.pubsub()
    listener.psubscribe("rapport:*")
    listener.get_message(timeout=1)
    heard: list[tuple[str, str]] = []
    bell.dead_until = 0.0

    def on(topic: Topic) -> str:
        line.publish("rapport:end", "end")  # heard after everything that was published before
        while (message := listener.get_message(timeout=30)) is None or message["data"] != b"end":
            if message and message["type"] == "pmessage":
                name, _, frame = message["data"].decode().partition("\n")
                heard.append((name, frame))
        return "\n".join(shown(frame) for name, frame in heard if name == str(topic))

    yield on
    listener.close()


def shown(frame: str) -> str:
    """A frame's content as it was rendered, after its other members as JSON."""
    parsed = json.loads(frame)
    content = parsed.pop("content", "")
    return json.dumps(parsed) + content


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL statements that were sent since the fixture began, transaction control left out."""
    from sqlalchemy import event

    sent: list[str] = []

    def note(_connection, _cursor, statement, *_):
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            sent.append(statement)

    from sqlalchemy.engine import Engine

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


LONGEST = ["tests/browser/", "tests/faults/", "tests/ops/", "tests/floor/test_fuzz"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files begin, so that none of them is left over when the rest has ended."""
    items.sort(key=lambda item: next((n for n, start in enumerate(LONGEST) if item.nodeid.startswith(start)), 9))


OF_CUSTOMERS = re.compile(r"/test_(portal|pushed|widget)")  # half of what the browser tests take


class FewInstances(LoadFileScheduling):
    """Files go to whichever process is free, but those of the browser to two: each has a whole instance to start."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        if not file.startswith("tests/browser/"):
            return file
        return f"tests/browser/{'customers' if OF_CUSTOMERS.search(file) else 'employees'}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    return FewInstances(config, log) if config.getvalue("dist") == "loadfile" else None


# The same examples each time: one that is hard is found by hand, with RAPPORT_EXAMPLES=…, and not by whoever lands next.
by_chance = "RAPPORT_EXAMPLES" in os.environ
no_haste = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile("rapport", deadline=None, derandomize=not by_chance, suppress_health_check=no_haste)
settings.load_profile("rapport")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "committed: commits for real; every table is emptied afterwards")
    os.environ.setdefault("RAPPORT_TESTING", "1")


replaced = dataclasses.replace
