"""Long reads about one conversation: itself, its thread, and what stands beside it. Their statements are made once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import Select, Uuid, and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from ..accounts.models import Employee, Person
from ..db import db, now, prepared
from .models import Attachment, Conversation, FollowUp, Message, Participant, Presence, Rating
from .queue import PRESENT_SECONDS
from .watching import watchers_of

THREAD = 30
CHANGES = 1000

PEOPLE = joinedload(Conversation.customer), joinedload(Conversation.assignee), joinedload(Conversation.department)
WHOLE = prepared(select(Conversation).where(Conversation.number == bindparam("number")).options(*PEOPLE))


def whole(number: int) -> Conversation | None:
    """A conversation with its customer, assignee and department, in one statement."""
    return db.session.scalars(WHOLE, {"number": number}).first()


def opened(number: int) -> Any:
    """The same as `Conversation` of a line that has in it what `beside` wants, for the customer; or None."""
    return db.session.execute(OPENED, {"number": number}).first()


def thread(conversation: Conversation, before: int | None = None, for_customer: bool = False) -> list[Message]:
    """The last 30 messages (before the seq `before`), in order; for a customer without what is not theirs."""
    found = db.session.scalars(
        thread_of(for_customer, before is not None), {"conversation": conversation.id, "before": before}
    )
    return dressed(list(reversed(found.all())))


@cache
def thread_of(for_customer: bool, goes_on: bool) -> Select[Any]:
    query = messages_of(for_customer)
    query = query.where(Message.seq < bindparam("before")) if goes_on else query
    return prepared(query.order_by(Message.seq.desc()).limit(THREAD))


def changes(conversation: Conversation, after: int, for_customer: bool = False) -> list[Message]:
    """Messages born or changed after the audience's position `after`, in the order of the changes, at most 1,000."""
    found = db.session.scalars(changes_of(for_customer), {"conversation": conversation.id, "after": after})
    return dressed(list(found.all()))


@cache
def changes_of(for_customer: bool) -> Select[Any]:
    position = Message.customer_position if for_customer else Message.staff_position
    query = messages_of(for_customer).where(position > bindparam("after"))
    return prepared(query.order_by(position).limit(CHANGES))


def messages_of(for_customer: bool) -> Select[Any]:
    query = select(Message).where(Message.conversation_id == bindparam("conversation", type_=Uuid()))
    return query.where(Message.customer_position.is_not(None)) if for_customer else query


def dressed(messages: list[Message]) -> list[Message]:
    """Give messages their senders, those not in hand in one statement, and their files in one more when there are any."""
    people = people_of({message.sender_id for message in messages if message.sender_id})
    ids = [message.id for message in messages if message.has_files]
    query = select(Attachment).where(Attachment.message_id.in_(ids)).order_by(Attachment.id)
    files = list(db.session.scalars(query).all()) if ids else []
    for message in messages:
        set_committed_value(message, "sender", people.get(message.sender_id) if message.sender_id else None)
        set_committed_value(message, "attachments", [file for file in files if file.message_id == message.id])
    return messages


def people_of(ids: set[UUID]) -> dict[UUID, Person]:
    """Those that this request has read already, and the others from the database."""
    in_hand = {id: db.session.identity_map.get(identity_key(Person, (g.tenant_id, id))) for id in ids}
    people = {id: person for id, person in in_hand.items() if person is not None}
    if missing := ids - people.keys():
        query = select(Person).where(Person.id.in_(missing))
        people |= {person.id: person for person in db.session.scalars(query).all()}
    return people


def beside(line: Any) -> dict[str, Any]:
    """What the header and the panel show of the one who is talked to; `line` comes from `opened` or `with_colleague`.

    seen: up to which seq they have read; presence: "online" or None; what they rated; their other conversations.
    """
    online = line.there is not None and line.there > now() - timedelta(seconds=PRESENT_SECONDS)
    return {
        "seen": line.seen or 0,
        "presence": "online" if online else None,
        "rating_count": line.ratings,
        "average_stars": float(line.average) if line.ratings else None,
        "rating": line.Rating,
        "follow_up": line.FollowUp,
        "earlier_conversations": [Earlier.of(one) for one in line.others or ()],
    }


@dataclass(frozen=True)
class Earlier:
    """Another conversation of the same customer; `stars` are its best, or None."""

    number: int
    status: str
    preview: str
    created_at: datetime
    stars: int | None

    @classmethod
    def of(cls, one: dict[str, Any]) -> "Earlier":
        return cls(**{**one, "created_at": datetime.fromisoformat(one["created_at"])})


def opened_by(*conditions: Any, other: Any = Conversation.customer_id) -> Select[Any]:
    newest, given = aliased(Rating), aliased(Rating)
    seen = select(Participant.last_read_seq).where(
        Participant.conversation_id == Conversation.id, Participant.person_id == other
    )
    there = select(Presence.seen_at).where(Presence.person_id == other)
    by_them = and_(given.customer_id == other, given.stars.is_not(None))
    last = select(newest.id).where(
        newest.tenant_id == Conversation.tenant_id, newest.conversation_id == Conversation.id, newest.stars.is_not(None)
    )
    query = select(
        Conversation, Rating, FollowUp,
        seen.scalar_subquery().label("seen"), there.scalar_subquery().label("there"),
        select(func.count()).select_from(given).where(by_them).scalar_subquery().label("ratings"),
        select(func.avg(given.stars)).where(by_them).scalar_subquery().label("average"), others().label("others"),
        watchers_of([Conversation.id]).correlate(Conversation).scalar_subquery().label("watchers"),
    ).select_from(Conversation)  # fmt: skip
    latest = last.order_by(newest.rated_at.desc()).limit(1).correlate(Conversation).scalar_subquery()
    here = and_(Rating.tenant_id == Conversation.tenant_id, Rating.conversation_id == Conversation.id)
    query = query.outerjoin(Rating, and_(here, Rating.id == latest))
    query = query.outerjoin(FollowUp, and_(FollowUp.tenant_id == Rating.tenant_id, FollowUp.rating_id == Rating.id))
    return prepared(query.where(*conditions).options(*PEOPLE))


def others() -> Any:
    """The customer's last eight other conversations, as a list of what `Earlier` has: one statement less for a page."""
    other, given = aliased(Conversation), aliased(Rating)
    best = select(func.max(given.stars)).where(given.tenant_id == other.tenant_id, given.conversation_id == other.id)
    parts = {"number": other.number, "status": other.status, "preview": other.preview, "created_at": other.created_at,
             "stars": best.scalar_subquery()}  # fmt: skip
    one = func.jsonb_build_object(*(part for pair in parts.items() for part in pair))
    query = select(one.label("one"), other.last_message_at.label("at")).where(
        other.tenant_id == Conversation.tenant_id,
        other.customer_id == Conversation.customer_id,
        other.id != Conversation.id,
    )
    last = query.order_by(other.last_message_at.desc()).limit(8).correlate(Conversation).subquery()
    return select(func.jsonb_agg(aggregate_order_by(last.c.one, last.c.at.desc()))).scalar_subquery()


OPENED = opened_by(Conversation.number == bindparam("number"))
WITH_COLLEAGUE = opened_by(
    Conversation.id == bindparam("conversation", type_=Uuid()), other=bindparam("colleague", type_=Uuid())
)


def with_colleague(conversation: Conversation, colleague: Employee | None) -> Any:
    """As `opened`, for a conversation between employees."""
    values = {"conversation": conversation.id, "colleague": colleague.id if colleague else None}
    return db.session.execute(WITH_COLLEAGUE, values).one()


def colleague_in(conversation: Conversation, viewer: Employee) -> Employee | None:
    """Of a conversation between employees, the other one."""
    query = select(Employee).join(
        Participant, and_(Participant.tenant_id == Employee.tenant_id, Participant.person_id == Employee.id)
    )
    query = query.where(Participant.conversation_id == conversation.id, Employee.id != viewer.id)
    return db.session.scalars(query).first()
