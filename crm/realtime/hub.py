"""One subscription per web process: hears the bell for every tenant with an open socket, and hands the bytes on.

Four loops: the listener (Redis), the heartbeat (positions from PostgreSQL: the truth), the guard (revocations), and the
welcome (first heartbeats).
"""

import logging
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from uuid import UUID

import redis
from flask import Flask
from sqlalchemy import select

from ..db import db, let_go
from ..extensions import bell, connect
from ..tenancy import Tenant, as_tenant
from .frames import encode
from .hints import Hints, is_hint
from .socket import GOING_AWAY, REVOKED, SLOW
from .streams import Stream
from .topics import Topic, position_sources

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 10.0
HEARTBEAT_SECONDS_WITHOUT_BELL = 2.0
GUARD_SECONDS = 1.0
SILENCE_SECONDS = 5.0
MOVING_SECONDS = 1.2
GREETING_SECONDS = 0.02

EVERYBODY = "rapport:all"


def channel(tenant_id: UUID) -> str:
    return f"rapport:{tenant_id}"


class Hub:
    def __init__(self) -> None:
        self.app: Flask | None = None
        self.streams: dict[str, set[Stream]] = defaultdict(set)
        self.by_tenant: dict[UUID, set[Stream]] = defaultdict(set)
        self.access_seen: dict[UUID, Any] = {}
        self.rechecked_at: dict[UUID, float] = {}
        self.pubsub: Any = None
        self.up = False
        self.heard: set[UUID] = set()
        self.heard_at = 0.0
        self.beat_now, self.greet_now = threading.Event(), threading.Event()
        self.newcomers: list[Stream] = []
        self.hints = Hints(self.hand_out)
        self.owed = False  # frames of ours that other processes did not hear
        self.start_lock = threading.Lock()
        self.started = self.leaving = False
        self.beat_hooks: list[Callable[[UUID, set[UUID]], None]] = []

    def on_beat(self, hook: Callable[[UUID, set[UUID]], None]) -> Callable[[UUID, set[UUID]], None]:
        """Call `hook(tenant_id, people)` with every heartbeat, within the tenant, for those with a socket here."""
        self.beat_hooks.append(hook)
        return hook

    def init_app(self, app: Flask) -> None:
        self.app = app

    def start(self) -> None:
        """Begin the loops, once per process and only in one that holds sockets (never before gunicorn forks)."""
        with self.start_lock:
            if self.started:
                return
            self.started = True
            for loop in (self.listen, self.beat, self.guard, self.welcome):
                threading.Thread(target=self.forever, args=(loop,), daemon=True, name=f"hub-{loop.__name__}").start()

    def forever(self, loop: Any) -> None:
        while True:
            try:
                with self.app.app_context():  # type: ignore[union-attr]
                    loop()
            except Exception:
                log.exception("The hub's loop stumbled and goes on.", extra={"loop": loop.__name__})
                time.sleep(1)

    def join(self, stream: Stream) -> None:
        self.by_tenant[stream.tenant_id].add(stream)
        for topic in stream.topics:
            self.streams[str(topic)].add(stream)
        if stream.authorised_at <= self.rechecked_at.get(stream.tenant_id, 0.0):  # it came too late for that look
            self.recheck(stream.tenant_id, [stream])
        if self.leaving:
            stream.ws.end(GOING_AWAY)
        self.start()
        self.tune()

    def leave(self, stream: Stream) -> None:
        for topic in stream.topics:
            discard(self.streams, str(topic), stream)
        discard(self.by_tenant, stream.tenant_id, stream)
        if stream.tenant_id not in self.by_tenant:
            self.access_seen.pop(stream.tenant_id, None)
            self.rechecked_at.pop(stream.tenant_id, None)
            self.tune()

    def move_away(self) -> None:
        """This process ends: close its sockets one after the other, in no order, so that nobody meets a crowd elsewhere."""
        self.leaving = True
        streams = [stream for held in self.by_tenant.values() for stream in held]
        random.shuffle(streams)
        for stream in streams:
            stream.ws.end(GOING_AWAY)
            time.sleep(MOVING_SECONDS / len(streams))

    def greet(self, stream: Stream) -> None:
        """Give it its first heartbeat in a moment, together with all who come now: a crowd costs a few statements."""
        self.newcomers.append(stream)
        self.greet_now.set()

    def deliver(self, topic: str, text: str) -> None:
        """Give a frame to every socket of this process on `topic`, the same hint no oftener than it helps."""
        if topic in self.streams:
            (self.hints.tell if is_hint(text) else self.hand_out)(topic, text)

    def hand_out(self, topic: str, text: str) -> None:
        listening = self.streams.get(topic)
        if listening:
            content = encode(text)
            for stream in tuple(listening):
                stream.ws.push(content)

    # -- the bell

    def tune(self) -> None:
        """Hear just the tenants who have a socket here. What is published before Redis hears us, a position makes good."""
        wanted, heard = set(self.by_tenant), self.heard
        if not self.up or wanted == heard:
            return
        self.heard = wanted
        try:
            for tenant_id in wanted - heard:
                self.pubsub.subscribe(channel(tenant_id))
            for tenant_id in heard - wanted:
                self.pubsub.unsubscribe(channel(tenant_id))
        except (redis.RedisError, OSError):
            self.up = False

    def listen(self) -> None:
        """Hear frames until the connection fails or falls silent; every new subscription is a possible gap."""
        client = connect(self.app.config["CRM"].redis_url)  # type: ignore[union-attr]
        self.pubsub = client.pubsub()
        try:
            self.pubsub.subscribe(EVERYBODY)
            self.up, self.heard, self.heard_at = True, set(), time.monotonic()
            self.tune()
            self.beat_now.set()
            self.hear()
        except (redis.RedisError, OSError) as problem:
            if self.up or not self.heard_at:  # once, not at each try
                log.warning("The bell is silent: %s. Live pages poll until it is back.", type(problem).__name__)
                self.heard_at = time.monotonic()
        finally:
            if self.up:
                self.up = False
                self.beat_now.set()
            self.pubsub.close()
            client.close()
        time.sleep(0.5)

    def hear(self) -> None:
        pinged_at = time.monotonic()
        while self.up:
            message = self.pubsub.get_message(timeout=1.0)
            moment = time.monotonic()
            if message:
                self.heard_at = moment
                if message["type"] == "message":
                    self.take(message["channel"].decode(), message["data"].decode())
            self.pay()
            if moment - pinged_at > SILENCE_SECONDS / 2:
                pinged_at = moment
                self.pubsub.ping()
                self.tune()
            if moment - self.heard_at > SILENCE_SECONDS:
                raise redis.ConnectionError("no answer to a ping")

    def take(self, heard_on: str, said: str) -> None:
        if heard_on == EVERYBODY:
            self.beat_now.set()
        else:
            topic, _, text = said.partition("\n")
            self.deliver(topic, text)

    def pay(self) -> None:
        """Once the bell rings again, everybody looks for what it did not tell them: their own lines may never have failed."""
        if self.owed:
            self.owed = not bell.publish(EVERYBODY, "look")

    # -- the truth

    def beat(self) -> None:
        """Tell every socket where its topics stand; while the bell is down this is how pages stay live."""
        while True:
            pace = HEARTBEAT_SECONDS if self.up else HEARTBEAT_SECONDS_WITHOUT_BELL
            self.beat_now.wait(timeout=pace)
            poll = self.beat_now.is_set() or not self.up
            self.beat_now.clear()
            for tenant_id, streams in list(self.by_tenant.items()):
                self.beat_tenant(tenant_id, list(streams), poll)

    def beat_tenant(self, tenant_id: UUID, streams: list[Stream], poll: bool) -> None:
        for stream in streams:
            if stream.ws.stuck():
                stream.ws.end(SLOW)
        positions = self.read_positions(
            tenant_id, {topic for stream in streams for topic in stream.topics}, self.connected(tenant_id)
        )
        if positions is not None:
            for stream in streams:
                stream.beat(positions, poll)

    def read_positions(self, tenant_id: UUID, topics: set[Topic], people: set[UUID]) -> dict[Topic, int] | None:
        """{topic: position} for the topics that have one, a statement per kind; None while PostgreSQL is away."""
        positions: dict[Topic, int] = {}
        try:
            with as_tenant(tenant_id):
                for kind, source in position_sources.items():
                    ids = list({topic.id for topic in topics if topic.kind == kind})
                    read = source(ids) if ids else {}
                    positions |= {Topic(tenant_id, kind, id, audience): at for (id, audience), at in read.items()}
                for hook in self.beat_hooks if people else ():
                    hook(tenant_id, people)
        except Exception as problem:
            log.warning("Positions could not be read: %s", type(problem).__name__)
            return None
        finally:
            let_go()
        return positions

    def welcome(self) -> None:
        while True:
            self.greet_now.wait()
            time.sleep(GREETING_SECONDS)
            self.greet_now.clear()
            together, self.newcomers = self.newcomers, []
            for tenant_id in {stream.tenant_id for stream in together}:
                streams = [stream for stream in together if stream.tenant_id == tenant_id]
                topics = {topic for stream in streams for topic in stream.topics}
                people = {stream.person_id for stream in streams if stream.person_id}
                positions = self.read_positions(tenant_id, topics, people)
                for stream in streams:
                    stream.beat(positions or {}, poll=False)

    def guard(self) -> None:
        """Once a second: a tenant whose access changed has each of its sockets looked at again."""
        while True:
            time.sleep(GUARD_SECONDS)
            if self.by_tenant:
                self.look()

    def look(self) -> None:
        query = select(Tenant.id, Tenant.access_changed_at).where(Tenant.id.in_(list(self.by_tenant)))
        rows = db.session.execute(query).all()
        let_go()
        for tenant_id, changed_at in rows:
            if self.access_seen.get(tenant_id) == changed_at:
                continue
            self.rechecked_at[tenant_id] = time.monotonic()
            try:
                self.recheck(tenant_id, list(self.by_tenant.get(tenant_id, ())))
                self.access_seen[tenant_id] = changed_at
            except Exception:  # this tenant is looked at again in a second, and holds up no other's
                log.exception("A tenant's sockets could not be looked at.")

    def recheck(self, tenant_id: UUID, streams: list[Stream]) -> None:
        try:
            with as_tenant(tenant_id):
                for stream in streams:
                    if not stream.allowed():
                        stream.ws.end(REVOKED)
        finally:
            let_go()

    def connected(self, tenant_id: UUID) -> set[UUID]:
        """The people of a tenant who hold a socket of this process."""
        return {s.person_id for s in list(self.by_tenant.get(tenant_id, ())) if s.person_id}


def discard(sets: dict[Any, set[Stream]], key: Any, stream: Stream) -> None:
    sets[key].discard(stream)
    if not sets[key]:
        del sets[key]


hub = Hub()
