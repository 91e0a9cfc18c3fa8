"""Facts worth telling. A verb `record()`s one, the route `commit()`s, and others react.

`@now` reactions run in the same process right after the commit and only push to browsers; losing one loses
nothing, because browsers ask PostgreSQL. `@later` reactions run in the worker's relay, at least once.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, g
from sqlalchemy import Index, text, update
from sqlalchemy import event as listening
from sqlalchemy.orm import Mapped, Session, mapped_column

from . import failpoints
from .db import Base, Record, db, uuid7
from .db import now as utcnow
from .realtime.frames import together

log = logging.getLogger(__name__)

Reaction = Callable[["Event"], None]
now_reactions: dict[str, list[Reaction]] = defaultdict(list)
later_reactions: dict[str, list[Reaction]] = defaultdict(list)


class Event(Record):
    """An append-only fact: ids and plain facts, never personal text. Partitioned by month of its id."""

    __tablename__ = "events"
    __table_args__ = ({"postgresql_partition_by": "RANGE (id)"},)

    name: Mapped[str]
    actor_id: Mapped[UUID | None]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    customer_id: Mapped[UUID | None]  # on whose page it is told (see timeline.py)

    @property
    def subject(self) -> Any:
        """The row that it is about; None when that row is gone."""
        tables = (m for m in Base.registry.mappers if m.inherits is None)  # of people, whoever they are
        model = next(m.class_ for m in tables if m.class_.__table__.name == self.subject_type)
        return db.session.get(model, (self.tenant_id, self.subject_id))


Index("ix_events_customer", Event.tenant_id, Event.customer_id, Event.id,
      postgresql_where=Event.customer_id.is_not(None))  # fmt: skip


class Outbox(Base):
    """What the relay still has to dispatch. Outside the walls: two ids and nothing else."""

    __tablename__ = "outbox"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    due: Mapped[datetime] = mapped_column(default=utcnow, server_default=text("now()"), index=True)


# Made once, and one statement for both: it is sent with every verb.
TELL = text("""
WITH told AS (
    INSERT INTO events (tenant_id, id, created_at, name, actor_id, subject_type, subject_id, facts, customer_id)
    VALUES (:tenant_id, :id, :at, :name, :actor_id, :subject_type, :subject_id, cast(:facts AS jsonb), :customer_id)
)
INSERT INTO outbox (tenant_id, event_id, due) SELECT :tenant_id, :id, :at WHERE :wanted
""")


@dataclass
class Happened:
    """An event as the `@now` reactions of this process see it: with its subject still in hand."""

    name: str
    id: UUID
    tenant_id: UUID
    actor_id: UUID | None
    subject: Any
    facts: dict[str, Any] = field(default_factory=dict)
    customer_id: UUID | None = None


def now(*names: str) -> Callable[[Any], Any]:
    return register(now_reactions, names)


def later(*names: str) -> Callable[[Any], Any]:
    return register(later_reactions, names)


def register(registry: dict[str, list[Reaction]], names: tuple[str, ...]) -> Callable[[Any], Any]:
    def decorate(reaction: Any) -> Any:
        for name in names:
            registry[name].append(reaction)
        return reaction

    return decorate


def note(name: str, subject: Any, id: UUID | None = None, about: UUID | None = None, **facts: Any) -> Happened:
    """Remember a fact for the `@now` reactions without writing its row; for verbs that write it themselves, with `id`
    and `about` whom it is."""
    happened = Happened(name, id or uuid7(), g.tenant_id, g.get("actor_id"), subject, facts, about)
    db.session.info.setdefault("happened", []).append(happened)
    return happened


def record(name: str, subject: Any, **facts: Any) -> Happened:
    """Write a fact about `subject` (a Record) into events and, when somebody reacts later, into the outbox.

    `facts` are ids, numbers, words of ours: JSON, and never what a person wrote. Of a subject with a `customer_id` it is
    told on that customer's page.
    """
    if subject.id is None:
        db.session.flush()
    happened = note(name, subject, about=getattr(subject, "customer_id", None), **facts)
    values = {"tenant_id": happened.tenant_id, "id": happened.id, "at": utcnow(), "name": name}
    values |= {"actor_id": happened.actor_id, "subject_type": subject.__table__.name, "subject_id": subject.id}
    values |= {"facts": json.dumps(facts), "customer_id": happened.customer_id}
    db.session.flush()
    db.session.execute(TELL, {**values, "wanted": bool(later_reactions.get(name))})
    return happened


def put_off(happened: Happened, until: datetime) -> None:
    """Have the `@later` reactions wait so long."""
    row = Outbox.__table__.c
    mine = row.tenant_id == happened.tenant_id, row.event_id == happened.id
    db.session.execute(update(Outbox.__table__).where(*mine).values(due=until))


@listening.listens_for(Session, "after_soft_rollback")
def forget(session: Session, ended: Any) -> None:
    """What was undone did not happen: the next commit of this session, maybe another tenant's, must not tell of it."""
    if not ended.nested:
        session.info.pop("happened", None)


def commit() -> None:
    """Commit, then push. The last thing a route or a job does."""
    happened = db.session.info.pop("happened", [])
    try:
        failpoints.reach("before_commit")
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    failpoints.reach("after_commit")
    if happened:
        with together():
            for one in happened:
                for reaction in now_reactions.get(one.name, ()):
                    react(reaction, one)
    failpoints.reach("after_publish")


def react(reaction: Any, happened: Happened) -> None:
    """A push that fails is logged and forgotten: the browsers' next heartbeat makes it good."""
    try:
        reaction(happened)
    except Exception:
        log.exception("A push failed.", extra={"reaction": reaction.__name__, "event": happened.name})
        if current_app.testing:
            raise
