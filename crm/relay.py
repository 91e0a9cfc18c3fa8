"""The outbox relay: takes what was recorded to the `@later` reactions, at least once, in batches."""

import logging
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, or_, select, tuple_, update

from . import failpoints
from .db import db, now
from .events import Event, Outbox, commit, later_reactions
from .tenancy import Tenant, as_tenant

log = logging.getLogger(__name__)

BATCH = 200
MAX_WAIT = timedelta(hours=1)


def dispatch() -> int:
    """Run the reactions to one batch of events; return how many rows were looked at.

    The rows stay locked meanwhile, so several relays never take the same; a relay that dies leaves them to the next.
    What is due later than it ever could be was written while a clock was ahead.
    """
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
    done = [row.event_id for row in rows if reacted(tenant_id, row.event_id)]
    if done:
        keys = [(tenant_id, event_id) for event_id in done]
        connection.execute(delete(Outbox).where(tuple_(Outbox.tenant_id, Outbox.event_id).in_(keys)))
    for row in rows:
        if row.event_id not in done:
            wait = min(timedelta(seconds=2 ** min(row.tries, 12)), MAX_WAIT)
            mine = and_(Outbox.tenant_id == tenant_id, Outbox.event_id == row.event_id)
            connection.execute(update(Outbox).where(mine).values(tries=row.tries + 1, due=now() + wait))


def reacted(tenant_id: UUID, event_id: UUID) -> bool:
    """Whether every reaction to the event has run; one that fails is tried again later, and holds up no other event."""
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
    except Exception:
        db.session.rollback()
        log.exception("A reaction failed and will be tried again.", extra={"event_id": str(event_id)})
        return False
    return True
