"""Who is there: written by each process in batches for the people whose sockets it holds."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from ..accounts.models import Person
from ..db import db, now
from ..realtime import hub
from .models import Presence

EVERY = timedelta(minutes=1)


@hub.on_beat
def remember_present(tenant_id: UUID, people: set[UUID]) -> None:
    """One statement for all of a tenant's people; runs within the tenant, with each heartbeat."""
    moment = now()
    rows = [{"tenant_id": tenant_id, "id": id, "person_id": id, "seen_at": moment} for id in sorted(people)]
    query = insert(Presence.__table__).values(rows)
    query = query.on_conflict_do_update(
        index_elements=["tenant_id", "person_id"], set_={"seen_at": query.excluded.seen_at}
    )
    db.session.execute(query)
    note_last_seen(people, moment)


def note_last_seen(people: set[UUID], moment: datetime) -> None:
    """What lists sort by; a minute's precision is enough. Another process that notes the same people is not waited for."""
    stale = select(Person.id).where(Person.id.in_(people), Person.last_seen_at < moment - EVERY)
    stale = stale.with_for_update(skip_locked=True, key_share=True)
    seen = update(Person).where(Person.id.in_(stale)).values(last_seen_at=moment)
    db.session.execute(seen, execution_options={"synchronize_session": False})
