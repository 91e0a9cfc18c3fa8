"""The outbox relay: takes what was recorded to the `@later` reactions, at least once, in batches."""

import logging
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import and_, delete, or_, select, tuple_, update

from . import failpoints
from .db import db, now
from .events import Event, Outbox, commit, later_reactions
from .outages import redis_is_away, why
from .tenancy import Tenant, as_tenant

log = logging.getLogger(__name__)

BATCH = 200
MAX_WAIT = timedelta(hours=1)
MOMENT = timedelta(seconds=3)


class RedisAway(Exception):
    """Redis could not take a job."""


def dispatch() -> int:
    """Run the reactions to one batch of events; return how many rows were looked at.

    The rows stay locked meanwhile, so several relays never take the same; a relay that dies leaves them to the next.
    What is due later than it ever could be was written while a clock was ahead.
    """
    g.redis_is_away = False
    is_due = or_(Outbox.due <= now(), Outbox.due > now() + 2 * MAX_WAIT)
    query = select(Outbox.tenant_id, Outbox.event_id, Outbox.tries).where(is_due)
    query = query.order_by(Outbox.event_id).limit(BATCH).with_for_update(skip_locked=True)
    with db.engine.begin() as connection:
        rows = connection.execute(query).all()
        if rows:
            failpoints.reach("relay_took")
        for tenant_id, group in groupby(sorted(rows, key=lambda row: str(row.tenant_id)), lambda row: row.tenant_id):
            settle(connection, tenant_id, list(group))
    if rows:
        failpoints.reach("after_relay")
    return len(rows)


def settle(connection: Any, tenant_id: UUID, rows: list[Any]) -> None:
    """A row whose reactions ran goes; one of which failed waits longer and longer, but never because Redis was away."""
    done = []
    _held = db.session.get(Tenant, tenant_id)  # by the session, which would else read it for each event
    for row in rows:
        wait = min(timedelta(seconds=2 ** min(row.tries, 12)), MAX_WAIT)
        try:
            if reacted(tenant_id, row.event_id):
                done.append((tenant_id, row.event_id))
            else:
                put_off(connection, tenant_id, row, tries=row.tries + 1, due=now() + wait)
        except RedisAway:
            g.redis_is_away = True  # the others of this batch that want it do not wait for it, too
            put_off(connection, tenant_id, row, due=now() + MOMENT)
    if done:
        connection.execute(delete(Outbox).where(tuple_(Outbox.tenant_id, Outbox.event_id).in_(done)))


def put_off(connection: Any, tenant_id: UUID, row: Any, **values: Any) -> None:
    mine = and_(Outbox.tenant_id == tenant_id, Outbox.event_id == row.event_id)
    connection.execute(update(Outbox).where(mine).values(**values))


def reacted(tenant_id: UUID, event_id: UUID) -> bool:
    """Whether every reaction to the event has run; one that fails is tried again later, and holds up no other event.

    Raises RedisAway when it was Redis that failed.
    """
    try:
        tenant = db.session.get(Tenant, tenant_id)
        if tenant is None:
            return True
        with as_tenant(tenant):
            event = db.session.get(Event, (tenant_id, event_id))
            if event is None:
                return True
            for reaction in later_reactions.get(event.name, ()):
                reaction(event)
                commit()
                failpoints.reach("after_reaction")
    except Exception as problem:
        db.session.rollback()
        if redis_is_away(problem):
            if not g.redis_is_away:
                log.warning("Later work waits for Redis: %s", why(problem))
            raise RedisAway() from None
        log.exception("A reaction failed and will be tried again.", extra={"event_id": str(event_id)})
        return False
    return True
