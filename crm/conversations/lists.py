"""The inbox's lists and counts. Their statements are made once for each kind of viewer: making one costs as much as asking."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, and_, bindparam, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from ..accounts.models import Department, Employee
from ..customers.models import Customer
from ..db import db, prepared
from ..paging import Page, page
from .models import Conversation, Message, Participant, Rating

VIEWS = ("queue", "mine", "team", "all", "closed", "direct")
COUNTED_TO = 100
ROWS = 30
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


@dataclass(frozen=True)
class Viewer:
    """Who looks, as a statement sees them: what changes its shape, and places for what does not."""

    role: str
    in_department: bool
    id = bindparam("viewer_id", type_=Uuid())

    @property
    def department_id(self) -> Any:
        return bindparam("viewer_department", type_=Uuid()) if self.in_department else None


def shape(viewer: Employee) -> Viewer:
    return Viewer("agent" if viewer.role == "agent" else "lead", viewer.department_id is not None)


def values(viewer: Employee) -> dict[str, Any]:
    return {"viewer_id": viewer.id, "viewer_department": viewer.department_id}


def inbox(view: str, viewer: Employee) -> Page:
    """A page of rows of `view` for `viewer`, newest first; the queue in its own order. One statement."""
    key, up = (Conversation.queued_at, True) if view == "queue" else (Conversation.last_message_at, False)
    query = lines_of(view, shape(viewer))
    found = page(query, key, Conversation.id, size=ROWS, descending=not up, scalars=False, values=values(viewer))
    return Page([as_row(line) for line in found.rows], found.next, found.after)


@cache
def lines_of(view: str, viewer: Viewer) -> Select[Any]:
    return prepared(in_view(rows(viewer, direct=view == "direct"), view, viewer))


def rows(viewer: Any, direct: bool = False) -> Select[Any]:
    """The columns of a Row. Between employees, the other participant stands where the customer stands."""
    who = colleague if direct else customer
    email = colleague.email if direct else func.coalesce(customer.email, customer.claimed_email, customer.phone)
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


def with_other(query: Any, viewer: Any, direct: bool) -> Any:
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


def in_view(query: Select[Any], view: str, viewer: Any) -> Select[Any]:
    if view == "queue":
        return query.where(waits_for(viewer))
    if view == "mine":
        return query.where(Conversation.assignee_id == viewer.id, Conversation.status == "open")
    if view == "direct":
        return query.where(internal(), mark.person_id.is_not(None))
    if view == "team":
        query = query.where(Conversation.status == "open", Conversation.channel != "internal")
        ours = Conversation.department_id == viewer.department_id
        return query if viewer.department_id is None else query.where(ours)
    if view == "closed":
        return query.where(Conversation.status == "closed")
    return query.where(Conversation.status.in_(["queued", "open"]))


def internal() -> Any:
    """Between employees; spelt out, because a prepared plan uses a partial index only for what it can read."""
    return Conversation.channel == bindparam("internal", "internal", literal_execute=True)


def waits_for(viewer: Any) -> Any:
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
    return dict(db.session.execute(counts_for(shape(viewer)), values(viewer)).one()._mapping)


@cache
def counts_for(viewer: Viewer) -> Select[Any]:
    def count(view: str) -> Any:
        lines = in_view(select(literal(1)).select_from(Conversation), view, viewer).limit(COUNTED_TO).subquery()
        return select(func.count()).select_from(lines).scalar_subquery()

    first = select(func.min(Conversation.queued_at)).where(waits_for(viewer)).scalar_subquery()
    return prepared(select(count("queue").label("queue"), count("mine").label("mine"), count("team").label("team"),
                   news(viewer).label("direct"), first.label("longest_wait")))  # fmt: skip


def news(viewer: Any) -> Any:
    """With how many colleagues there is something that the viewer has not read."""
    theirs = same(Message, Message.conversation_id == Conversation.id, Message.seq > mark.last_read_seq)
    fresh = select(literal(1)).where(theirs, Message.sender_id != viewer.id).exists()
    mine = same(mark, mark.conversation_id == Conversation.id, mark.person_id == viewer.id)
    query = select(literal(1)).select_from(Conversation).join(mark, mine)
    query = query.where(internal(), Conversation.last_reply_seq > mark.last_read_seq, fresh)
    return select(func.count()).select_from(query.limit(COUNTED_TO).subquery()).scalar_subquery()
