"""Who has a conversation open: written by each process with its heartbeats, for the employees whose sockets it holds."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.dialects.postgresql import insert

from .. import realtime
from ..accounts.models import Person
from ..db import db, now, uuid7
from ..realtime import Topic, hub
from .lists import Face
from .models import Watching

FRESH = timedelta(seconds=25)  # a page tells every ten


@hub.on_beat
def remember_watching(tenant_id: UUID, people: set[UUID]) -> None:
    """Two statements for all of a tenant's pages; those who look at the same conversation are told of somebody new."""
    looking = looked_at(tenant_id, people)
    if not looking:
        return
    known = fresh({conversation for conversation, _ in looking})
    moment = now()
    rows = [{"tenant_id": tenant_id, "id": uuid7(), "conversation_id": conversation, "person_id": person,
             "seen_at": moment} for conversation, person in sorted(looking)]  # fmt: skip
    query = insert(Watching.__table__).values(rows)
    index = ["tenant_id", "conversation_id", "person_id"]
    db.session.execute(query.on_conflict_do_update(index_elements=index, set_={"seen_at": query.excluded.seen_at}))
    db.session.commit()  # whoever is told asks at once
    for conversation in {conversation for conversation, _ in looking - known}:
        if len({person for one, person in looking | known if one == conversation}) > 1:
            realtime.refresh(Topic(tenant_id, "conversation", conversation), "header")


def looked_at(tenant_id: UUID, people: set[UUID]) -> set[tuple[UUID, UUID]]:
    """{(conversation, person)} of this process's sockets of employees."""
    return {
        (topic.id, stream.person_id)
        for stream in list(hub.by_tenant.get(tenant_id, ()))
        for topic in stream.topics
        if stream.person_id in people and topic.kind == "conversation" and topic.audience == "staff"
    }


def fresh(conversations: set[UUID]) -> set[tuple[UUID, UUID]]:
    query = select(Watching.conversation_id, Watching.person_id).where(
        Watching.conversation_id.in_(conversations), Watching.seen_at > now() - FRESH
    )
    return {(line.conversation_id, line.person_id) for line in db.session.execute(query)}


def watchers_of(conversations: Any) -> Select[Any]:
    """Who looks at one of them now, as a list of {id, name, email}: a part of another statement."""
    one = func.jsonb_build_object("id", Person.id, "name", Person.name, "email", Person.email)
    query = select(func.jsonb_agg(one)).select_from(Watching)
    query = query.join(Person, and_(Person.tenant_id == Watching.tenant_id, Person.id == Watching.person_id))
    return query.where(Watching.conversation_id.in_(conversations), Watching.seen_at > func.now() - FRESH)


def others_of(watchers: list[dict[str, Any]] | None, viewer_id: UUID) -> list[Face]:
    """Colleagues who have it open too; by name."""
    faces = {Face(UUID(one["id"]), one["name"], one["email"]) for one in watchers or ()}
    return sorted((face for face in faces if face.id != viewer_id), key=lambda face: face.shown_name)
