"""Long reads about one ticket: itself, the thread of all its conversations, and what hangs on it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, func, literal, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased, joinedload, with_expression

from ..accounts.models import Person
from ..conversations.channels import channel_of
from ..conversations.lists import Face
from ..conversations.models import Conversation, Message
from ..conversations.queries import dressed
from ..conversations.watching import watchers_of
from ..db import db, prepared
from ..paging import Page, page
from .models import (
    ChecklistItem,
    Ticket,
    TicketClock,
    TicketConversation,
    TicketFollower,
    TicketLink,
    TicketMerge,
    TicketTag,
)

THREAD = 100
PEOPLE = joinedload(Ticket.customer), joinedload(Ticket.assignee), joinedload(Ticket.department)
WHOLE = prepared(select(Ticket).where(Ticket.number == bindparam("number")).options(*PEOPLE))
mine = bindparam("ticket", type_=Uuid())
member = aliased(TicketConversation)

SAID_OF = (
    select(Message)
    .join(
        member,
        and_(
            member.tenant_id == Message.tenant_id,
            member.conversation_id == Message.conversation_id,
            Message.seq >= member.from_seq,
            or_(member.until_seq.is_(None), Message.seq < member.until_seq),
        ),
    )
    .where(member.ticket_id == mine)
)
THREAD_OF = prepared(SAID_OF)
THREAD_FOR_CUSTOMER = prepared(SAID_OF.where(Message.customer_position.is_not(None)))
CONVERSATIONS = prepared(
    select(Conversation, member.until_seq)
    .join(member, and_(member.tenant_id == Conversation.tenant_id, member.conversation_id == Conversation.id))
    .where(member.ticket_id == mine)
    .order_by(member.until_seq.is_not(None), (Conversation.status == "closed"), Conversation.created_at.desc())
    .options(joinedload(Conversation.customer), joinedload(Conversation.assignee), joinedload(Conversation.department))
)
HERE = select(member.conversation_id).where(member.ticket_id == Ticket.id, member.until_seq.is_(None)).correlate(Ticket)


def listed(order: Any, parts: dict[str, Any], *conditions: Any) -> Any:
    """A column of the ticket's statement: a list of {name: value} in this order, or NULL."""
    one = func.jsonb_build_object(*(part for pair in parts.items() for part in pair))
    return select(func.jsonb_agg(aggregate_order_by(one, order))).where(*conditions).correlate(Ticket).scalar_subquery()


def linked() -> Any:
    one, other = TicketLink, aliased(Ticket)
    names = {name: getattr(other, name) for name in ("number", "subject", "status")}
    there = or_(
        and_(one.ticket_id == Ticket.id, other.id == one.other_id),
        and_(one.other_id == Ticket.id, other.id == one.ticket_id),
    )
    names |= {"ticket_id": one.ticket_id, "kind": one.kind}
    return listed(one.id, names, one.tenant_id == Ticket.tenant_id, other.tenant_id == Ticket.tenant_id, there)


def on_ticket(part: Any) -> Any:
    return and_(part.tenant_id == Ticket.tenant_id, part.ticket_id == Ticket.id)


def there_is(part: Any) -> Any:
    return select(literal(1)).select_from(part).where(on_ticket(part)).correlate(Ticket).exists()


FACE = {name: getattr(Person, name) for name in ("id", "name", "email")}
ITEM = {name: getattr(ChecklistItem, name) for name in ("id", "text", "done_at", "due_at")}
follower = and_(on_ticket(TicketFollower), Person.tenant_id == Ticket.tenant_id, Person.id == TicketFollower.person_id)
OPENED = prepared(
    select(
        Ticket,
        listed(TicketTag.name, {"name": TicketTag.name}, on_ticket(TicketTag)).label("tags"),
        listed(TicketFollower.id, FACE, follower).label("followers"),
        listed(ChecklistItem.id, ITEM, on_ticket(ChecklistItem)).label("items"),
        linked().label("links"),
        watchers_of(HERE).correlate(Ticket).scalar_subquery().label("watchers"),
    )
    .where(Ticket.number == bindparam("number"))
    .options(*PEOPLE)
    .options(with_expression(Ticket.has_clocks, there_is(TicketClock)))
    .options(with_expression(Ticket.has_merges, there_is(TicketMerge)))
)
OF_CONVERSATION = prepared(
    select(Ticket)
    .join(member, and_(member.tenant_id == Ticket.tenant_id, member.ticket_id == Ticket.id))
    .where(member.conversation_id == bindparam("conversation", type_=Uuid()), member.until_seq.is_(None))
)


def whole(number: int) -> Ticket | None:
    """A ticket with its customer, assignee and department, in one statement."""
    return db.session.scalars(WHOLE, {"number": number}).first()


def opened(number: int) -> Any:
    """The same as `Ticket` of a line that has on it what `hanging` wants and who looks at it (`watchers`); or None."""
    return db.session.execute(OPENED, {"number": number}).first()


def of_conversation(id: UUID) -> Ticket | None:
    return db.session.scalars(OF_CONVERSATION, {"conversation": id}).first()


def thread(ticket: Ticket, for_customer: bool = False) -> Page:
    """The last 100 messages of all its conversations, oldest first; `next` leads to earlier ones."""
    query = THREAD_FOR_CUSTOMER if for_customer else THREAD_OF
    found = page(query, Message.created_at, Message.id, size=THREAD, values={"ticket": ticket.id})
    return Page(dressed(list(reversed(found.rows))), found.next, found.after)


def conversations(ticket: Ticket) -> list[Conversation]:
    """All of which something belongs to it: those that still do first, of them the open ones, the newest in front."""
    return conversations_in(stretches(ticket))


def conversations_in(talks: Any) -> list[Conversation]:
    return list(dict.fromkeys(line.Conversation for line in talks))


def current(ticket: Ticket) -> Conversation | None:
    """Where answers go, or None; see `answered_in`."""
    return answered_in(stretches(ticket))


def answered_in(talks: Any) -> Conversation | None:
    """Of the stretches' conversations that still belong to the ticket and are written an open one, else the newest."""
    here = (line.Conversation for line in talks if line.until_seq is None)
    return next((one for one in here if channel_of(one).written), None)


def stretches(ticket: Ticket) -> Any:
    """Lines of a Conversation and its stretch's `until_seq`, in the order of `conversations`."""
    return db.session.execute(CONVERSATIONS, {"ticket": ticket.id}).all()


def hanging(line: Any) -> dict[str, Any]:
    """Of a line of `opened`: tags (words), followers (faces), links (with number, subject and status of the other ticket)
    and checklist items."""
    return {
        "tags": [one["name"] for one in line.tags or ()],
        "followers": [Face(UUID(one["id"]), one["name"], one["email"]) for one in line.followers or ()],
        "links": line.links or [],
        "items": [
            {**one, "due_at": datetime.fromisoformat(one["due_at"]) if one["due_at"] else None}
            for one in line.items or ()
        ],
    }


def followed_by(ticket: Ticket) -> Ticket | None:
    """The ticket of the same customer in which a closed one goes on."""
    query = select(Ticket).join(
        TicketLink, and_(TicketLink.tenant_id == Ticket.tenant_id, TicketLink.ticket_id == Ticket.id)
    )
    query = query.where(TicketLink.other_id == ticket.id, TicketLink.kind == "follows")
    query = query.where(Ticket.customer_id == ticket.customer_id)
    return db.session.scalars(query.order_by(Ticket.number.desc())).first()
