"""Who is there: written by each process in batches for the people whose sockets it holds."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from ..db import db, now
from ..realtime import hub
from .models import Presence


@hub.on_beat
def remember_present(tenant_id: UUID, people: set[UUID]) -> None:
    """One statement for all of a tenant's people; runs within the tenant, with each heartbeat."""
    moment = now()
    rows = [{"tenant_id": tenant_id, "id": id, "person_id": id, "seen_at": moment} for id in sorted(people)]
    query = insert(Presence.__table__).values(rows)
    query = query.on_conflict_do_update(index_elements=["tenant_id", "person_id"], set_={"seen_at": query.excluded.seen_at})
    db.session.execute(query)
