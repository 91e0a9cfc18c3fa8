"""Long reads: the inbox's lists and counts, a conversation's thread and what stands beside it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from ..accounts.models import Department, Employee, Person
from ..customers.models import Customer
from ..db import db, now
from ..web import Page, page
from .models import Attachment, Conversation, FollowUp, Message, Participant, Presence, Rating
from .queue import PRESENT_SECONDS

VIEWS = ("queue", "mine", "team", "all", "closed", "direct")
COUNTED_TO = 100
THREAD = 50
CHANGES = 1000
customer = aliased(Customer)
colleague = aliased(Employee)
assignee = aliased(Employee)
mark = aliased(Participant)
other = aliased(Participant)


@dataclass(frozen=True)
class Face:
    """Enough of a person for a row: what `avatar` and a name need."""

    id: UUID
    name: str
    email: str | None = None

    @property
    def shown_name(self) -> str:
        return self.name or self.email or f"#{self.id.hex[-6:]}"


@dataclass(frozen=True)
class Named:
    name: str


@dataclass(frozen=True)
class Row:
    """A line of a list of conversations. `customer` is whom one talks to: between employees, the colleague."""

    id: UUID
    number: int
    status: str
    channel: str
    customer: Face
    assignee: Face | None
    department: Named | None
    preview: str
    last_message_at: datetime
    answered: bool
    queued_at: datetime | None
    unread: int
    stars: int | None


def inbox(view: str, viewer: Employee) -> Page:
    """A page of rows of `view` for `viewer`, newest first; the queue in its own order. One statement."""
    query = in_view(rows(viewer, direct=view == "direct"), view, viewer)
    if view == "queue":
        found = page(query, Conversation.queued_at, Conversation.id, descending=False, scalars=False)
    else:
        found = page(query, Conversation.last_message_at, Conversation.id, scalars=False)
    return Page([as_row(line) for line in found.rows], found.next, found.after)


def rows(viewer: Employee, direct: bool = False) -> Select[Any]:
    """The columns of a Row. Between employees, the other participant stands where the customer stands."""
    who = colleague if direct else customer
    email = colleague.email if direct else func.coalesce(customer.email, customer.claimed_email)
    query: Any = select(
        Conversation.id, Conversation.number, Conversation.status, Conversation.channel, Conversation.preview,
        Conversation.last_message_at, Conversation.queued_at,
        (Conversation.last_reply_seq > Conversation.last_customer_seq).label("answered"),
        who.id.label("who_id"), who.name.label("who_name"), email.label("who_email"),
        assignee.id.label("assignee_id"), assignee.name.label("assignee_name"), Department.name.label("department"),
        unread(direct).label("unread"), last_stars().label("stars"),
    )  # fmt: skip
    query = with_other(query.select_from(Conversation), viewer, direct)
    query = query.outerjoin(assignee, same(assignee, assignee.id == Conversation.assignee_id))
    query = query.outerjoin(Department, same(Department, Department.id == Conversation.department_id))
    mine = same(mark, mark.conversation_id == Conversation.id, mark.person_id == viewer.id)
    return query.outerjoin(mark, mine)


def same(entity: Any, *conditions: Any) -> Any:
    """A join's condition within the conversation's tenant."""
    return and_(entity.tenant_id == Conversation.tenant_id, *conditions)


def with_other(query: Any, viewer: Employee, direct: bool) -> Any:
    if not direct:
        return query.join(customer, same(customer, customer.id == Conversation.customer_id))
    query = query.join(other, same(other, other.conversation_id == Conversation.id, other.person_id != viewer.id))
    return query.join(colleague, same(colleague, colleague.id == other.person_id))


def unread(direct: bool) -> Any:
    """How many messages of the other side came after the viewer's mark; none once somebody has answered."""
    read = func.coalesce(mark.last_read_seq, 0)
    sender = other.person_id if direct else Conversation.customer_id
    ours = same(Message, Message.conversation_id == Conversation.id, Message.seq > read, Message.sender_id == sender)
    waiting = Conversation.last_customer_seq > func.greatest(read, Conversation.last_reply_seq)
    fresh = Conversation.last_reply_seq > read if direct else and_(Conversation.status != "closed", waiting)
    return case((fresh, select(func.count()).select_from(Message).where(ours).scalar_subquery()), else_=0)


def last_stars() -> Any:
    query = select(Rating.stars).where(same(Rating, Rating.conversation_id == Conversation.id))
    return query.order_by(Rating.episode.desc()).limit(1).scalar_subquery()


def in_view(query: Select[Any], view: str, viewer: Employee) -> Select[Any]:
    if view == "queue":
        return query.where(waits_for(viewer))
    if view == "mine":
        return query.where(Conversation.assignee_id == viewer.id, Conversation.status == "open")
    if view == "direct":
        return query.where(Conversation.channel == "internal", mark.person_id.is_not(None))
    if view == "team":
        query = query.where(Conversation.status == "open", Conversation.channel != "internal")
        return query.where(Conversation.department_id == viewer.department_id) if viewer.department_id else query
    if view == "closed":
        return query.where(Conversation.status == "closed")
    return query.where(Conversation.status.in_(["queued", "open"]))


def waits_for(viewer: Employee) -> Any:
    """Who waits for `viewer`: an agent serves the queue of their department, the others every queue."""
    queued = Conversation.status == "queued"
    if viewer.role != "agent" or viewer.department_id is None:
        return queued
    mine = or_(Conversation.department_id == viewer.department_id, Conversation.department_id.is_(None))
    return and_(queued, mine)


def as_row(line: Any) -> Row:
    return Row(
        id=line.id, number=line.number, status=line.status, channel=line.channel,
        customer=Face(line.who_id, line.who_name, line.who_email),
        assignee=Face(line.assignee_id, line.assignee_name) if line.assignee_id else None,
        department=Named(line.department) if line.department else None,
        preview=line.preview, last_message_at=line.last_message_at, answered=line.answered,
        queued_at=line.queued_at, unread=line.unread, stars=line.stars,
    )  # fmt: skip


def counts(viewer: Employee) -> dict[str, Any]:
    """{queue, mine, team, direct (unread): int at most 100, longest_wait: datetime or None}, in one statement that reads little."""

    def count(view: str) -> Any:
        lines = in_view(select(literal(1)).select_from(Conversation), view, viewer).limit(COUNTED_TO).subquery()
        return select(func.count()).select_from(lines).scalar_subquery()

    first = select(func.min(Conversation.queued_at)).where(waits_for(viewer)).scalar_subquery()
    query = select(count("queue").label("queue"), count("mine").label("mine"), count("team").label("team"),
                   news(viewer).label("direct"), first.label("longest_wait"))  # fmt: skip
    return dict(db.session.execute(query).one()._mapping)


def news(viewer: Employee) -> Any:
    """With how many colleagues there is something that the viewer has not read."""
    theirs = same(Message, Message.conversation_id == Conversation.id, Message.seq > mark.last_read_seq)
    fresh = select(literal(1)).where(theirs, Message.sender_id != viewer.id).exists()
    mine = same(mark, mark.conversation_id == Conversation.id, mark.person_id == viewer.id)
    query = select(literal(1)).select_from(Conversation).join(mark, mine)
    query = query.where(Conversation.channel == "internal", Conversation.last_reply_seq > mark.last_read_seq, fresh)
    return select(func.count()).select_from(query.limit(COUNTED_TO).subquery()).scalar_subquery()


def whole(number: int) -> Conversation | None:
    """A conversation with its customer, assignee and department, in one statement."""
    query = select(Conversation).where(Conversation.number == number)
    query = query.options(
        joinedload(Conversation.customer), joinedload(Conversation.assignee), joinedload(Conversation.department)
    )
    return db.session.scalars(query).first()


def thread(conversation: Conversation, before: int | None = None, for_customer: bool = False) -> list[Message]:
    """The last 50 messages (before the seq `before`), in order; for a customer without what is not theirs."""
    query = messages_of(conversation, for_customer)
    if before is not None:
        query = query.where(Message.seq < before)
    return dressed(list(reversed(db.session.scalars(query.order_by(Message.seq.desc()).limit(THREAD)).all())))


def changes(conversation: Conversation, after: int, for_customer: bool = False) -> list[Message]:
    """Messages born or changed after the audience's position `after`, in the order of the changes, at most 1,000."""
    position = Message.customer_position if for_customer else Message.staff_position
    query = messages_of(conversation, for_customer).where(position > after).order_by(position).limit(CHANGES)
    return dressed(list(db.session.scalars(query).all()))


def messages_of(conversation: Conversation, for_customer: bool) -> Select[Any]:
    query = select(Message).where(Message.conversation_id == conversation.id)
    return query.where(Message.customer_position.is_not(None)) if for_customer else query


def dressed(messages: list[Message]) -> list[Message]:
    """Give messages their senders in one statement, and their files in one more when there are any."""
    query = select(Person).where(Person.id.in_({message.sender_id for message in messages if message.sender_id}))
    people = {person.id: person for person in db.session.scalars(query).all()} if messages else {}
    ids = [message.id for message in messages if message.has_files]
    query = select(Attachment).where(Attachment.message_id.in_(ids)).order_by(Attachment.id)  # type: ignore[assignment]
    files: list[Any] = list(db.session.scalars(query).all()) if ids else []
    for message in messages:
        set_committed_value(message, "sender", people.get(message.sender_id) if message.sender_id else None)
        set_committed_value(message, "attachments", [file for file in files if file.message_id == message.id])
    return messages


def other_side(conversation: Conversation, other_id: UUID | None) -> dict[str, Any]:
    """{seen: up to which seq the other side has read, presence: "online" or None}, in one statement."""
    read = select(Participant.last_read_seq).where(
        Participant.conversation_id == conversation.id, Participant.person_id == other_id
    )
    there = select(Presence.seen_at).where(Presence.person_id == other_id)
    line = db.session.execute(select(read.scalar_subquery(), there.scalar_subquery())).one()
    online = line[1] is not None and line[1] > now() - timedelta(seconds=PRESENT_SECONDS)
    return {"seen": line[0] or 0, "presence": "online" if online else None}


def beside(conversation: Conversation) -> dict[str, Any]:
    """What the panel shows: earlier conversations with their stars, the customer's average, this one's rating."""
    lines = ratings_of(conversation.customer_id) if conversation.customer_id else []
    here = [line for line in lines if line.Rating.conversation_id == conversation.id]
    return {
        "earlier_conversations": others_of(conversation) if conversation.customer_id else [],
        "rating_count": len(lines),
        "average_stars": sum(line.Rating.stars for line in lines) / len(lines) if lines else None,
        "rating": here[0].Rating if here else None,
        "follow_up": next((line.FollowUp for line in here if line.FollowUp), None),
    }


def ratings_of(customer_id: UUID) -> Any:
    """The last 100 ratings that a customer gave, newest first, each with its follow-up or None."""
    query = select(Rating, FollowUp).outerjoin(
        FollowUp, and_(FollowUp.tenant_id == Rating.tenant_id, FollowUp.rating_id == Rating.id)
    )
    query = query.where(Rating.customer_id == customer_id, Rating.stars.is_not(None))
    return db.session.execute(query.order_by(Rating.rated_at.desc()).limit(100)).all()


def others_of(conversation: Conversation) -> Any:
    """The customer's last eight other conversations with their best stars."""
    stars = select(func.max(Rating.stars)).where(same(Rating, Rating.conversation_id == Conversation.id))
    query = select(
        Conversation.number, Conversation.status, Conversation.preview, Conversation.created_at,
        Conversation.last_message_at, stars.scalar_subquery().label("stars"),
    ).where(Conversation.customer_id == conversation.customer_id, Conversation.id != conversation.id)  # fmt: skip
    return db.session.execute(query.order_by(Conversation.last_message_at.desc()).limit(8)).all()


def colleague_in(conversation: Conversation, viewer: Employee) -> Employee | None:
    """Of a conversation between employees, the other one."""
    query = select(Employee).join(
        Participant, and_(Participant.tenant_id == Employee.tenant_id, Participant.person_id == Employee.id)
    )
    query = query.where(Participant.conversation_id == conversation.id, Employee.id != viewer.id)
    return db.session.scalars(query).first()
