"""The hub's looks at who may still listen, step by step; tests/live does the same with real sockets."""

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from flask import g

from crm.db import uuid7
from crm.extensions import Bell, connect
from crm.realtime import Audience, Topic, frames, refresh, routes, signal, upsert
from crm.realtime.hints import Hints, is_hint
from crm.realtime.hub import Hub
from crm.realtime.socket import REVOKED, TRY_AGAIN
from crm.realtime.streams import Stream
from crm.tenancy import Tenant
from tests import make

pytestmark = pytest.mark.committed


class Line:
    """Stands where a socket stands, and remembers how it was ended."""

    def __init__(self):
        self.ended: list[int] = []
        self.heard: list[bytes] = []

    def end(self, code):
        self.ended.append(code)

    def push(self, content):
        self.heard.append(content[2:])

    def write(self):
        pass


@pytest.fixture
def hub(app):
    """One that starts no loops: the test takes the steps."""
    made = Hub()
    made.init_app(app)
    made.started = True
    with app.app_context():
        yield made


def listen(hub, tenant: Tenant, allowed=lambda: True, topics=(), **options) -> Line:
    line = Line()
    hub.join(Stream(line, tenant.id, topics, allowed, **options))  # type: ignore[arg-type]
    return line


@pytest.fixture
def a_moment_passes(monkeypatch) -> Callable[[], None]:
    """Timers end when it is called, however long the machine takes for what is between."""
    waiting: list[Callable[[], None]] = []

    class ByHand:
        def __init__(self, _seconds, function, arguments):
            self.start = lambda: waiting.append(lambda: function(*arguments))

    def passes() -> None:
        ending = waiting.copy()
        waiting.clear()
        for end in ending:
            end()

    monkeypatch.setattr(threading, "Timer", ByHand)
    return passes


def breaks():
    raise ConnectionError("cut")


def test_a_tenant_seen_for_the_first_time_is_looked_at(hub):
    line = listen(hub, make.tenant(), lambda: False)
    hub.look()
    assert line.ended == [REVOKED]


def test_a_tenant_whose_access_did_not_change_is_not_asked_again(hub):
    asked = []
    listen(hub, make.tenant(), lambda: asked.append(1) or True)
    for _ in range(3):
        hub.look()
    assert len(asked) == 1
    with make.inside() as tenant:
        tenant.touch_access()
    hub.look()
    assert len(asked) == 2


def test_a_look_that_fails_is_taken_again(hub):
    answers = [breaks, lambda: False]
    line = listen(hub, make.tenant(), lambda: answers.pop(0)())
    hub.look()
    assert line.ended == []
    hub.look()
    assert line.ended == [REVOKED]


def test_one_tenants_trouble_holds_up_no_others_revocation(hub):
    listen(hub, make.tenant("acme"), breaks)
    line = listen(hub, make.tenant("globex"), lambda: False)
    listen(hub, make.tenant("initech"), breaks)
    hub.look()
    assert line.ended == [REVOKED]


def test_a_socket_authorised_before_a_look_and_joined_after_it_is_looked_at_alone(hub):
    before = time.monotonic()
    listen(hub, make.tenant(), lambda: True)
    hub.look()
    late = listen(hub, make.tenant(), lambda: False, authorised_at=before)
    fresh = listen(hub, make.tenant(), breaks)
    assert late.ended == [REVOKED] and fresh.ended == []


def test_the_last_socket_of_a_tenant_leaves_nothing_behind(hub):
    stream = Stream(Line(), make.tenant().id, (), lambda: True)  # type: ignore[arg-type]
    hub.join(stream)
    hub.look()
    hub.leave(stream)
    assert not (hub.by_tenant or hub.streams or hub.access_seen or hub.rechecked_at)


def test_the_same_hint_is_heard_at_once_and_then_once_more_for_all_that_followed(hub, a_moment_passes):
    tenant = make.tenant()
    topic, other = (Topic(tenant.id, "inbox", id) for id in (tenant.id, uuid7()))
    line = listen(hub, tenant, topics=(topic, other))
    look, look_there, message = '{"refresh":["list"]}', '{"refresh":["queue"]}', '{"position":1,"refresh":["list"]}'
    for text in (look, look, message, look_there, look, message):
        hub.deliver(str(topic), text)
    hub.deliver(str(other), look)
    assert line.heard == [text.encode() for text in (look, message, look_there, message, look)]
    for _ in range(3):
        a_moment_passes()
    assert line.heard[5:] == [look.encode()]
    hub.deliver(str(topic), look)
    assert line.heard[6:] == [look.encode()]


def test_a_socket_that_cannot_be_looked_at_once_more_comes_again_and_leaves_nothing_behind(hub, monkeypatch):
    tenant, line = make.tenant(), Line()
    listen(hub, tenant, lambda: True)
    monkeypatch.setattr(routes, "hub", hub)
    g.tenant_id, g.authorised_at = tenant.id, time.monotonic()
    hub.look()
    topic = Topic(tenant.id, "inbox", tenant.id)
    routes.run(line, Audience((topic,), breaks))  # type: ignore[arg-type]
    assert line.ended == [TRY_AGAIN]
    assert not hub.streams and all(stream.ws is not line for stream in hub.by_tenant[tenant.id])


def test_a_hint_that_could_not_be_given_is_given_the_next_time(a_moment_passes):
    heard = []

    def deliver(topic, text):
        heard.append(text)
        if len(heard) == 1:
            raise OSError("gone")

    hints = Hints(deliver)
    with pytest.raises(OSError):
        hints.tell("inbox", "look")
    a_moment_passes()
    hints.tell("inbox", "look")
    assert heard == ["look", "look"]


def test_only_what_says_nothing_else_is_a_hint(app, monkeypatch):
    said: list[str] = []
    monkeypatch.setattr(frames, "ring", lambda told: said.extend(text for _, text in told))
    topic = Topic(uuid7(), "inbox", uuid7())
    refresh(topic, "list")
    refresh(topic, "header", "panel")
    assert [is_hint(text) for text in said] == [True, True]
    said.clear()
    refresh(topic, "list", position=3)
    signal(topic, "queued", refresh=["list"])
    upsert(topic, "messages", "<li></li>", 1)
    said.append(json.dumps({"refresh": ["list"], "signal": "queued"}, separators=(",", ":")))
    assert [is_hint(text) for text in said] == [False] * 4


def test_a_redis_that_does_not_answer_costs_its_short_time_once():
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes the connection, and never says a word
        bell = Bell()
        bell.quiet = 300.0  # however long the machine takes for ten
        bell.client = connect(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0")
        assert not any(bell.publish("rapport:all", "look") for _ in range(10))
        deaf.settimeout(0)
        with suppress(BlockingIOError):
            while True:
                asked.append(deaf.accept()[0])
    assert len(asked) == 1
    asked[0].close()
