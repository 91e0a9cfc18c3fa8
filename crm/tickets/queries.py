"""Long reads about one ticket: itself, the thread of all its conversations, and what hangs on it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, or_, select
from sqlalchemy.orm import aliased, joinedload

from ..conversations.channels import channel_of
from ..conversations.models import Conversation, Message
from ..conversations.queries import dressed
from ..conversations.watching import others_of, watchers_of
from ..db import db, prepared
from ..paging import Page, page
from .models import ChecklistItem, Ticket, TicketConversation, TicketFollower, TicketLink, TicketTag

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
HERE = select(member.conversation_id).where(member.ticket_id == mine, member.until_seq.is_(None))
WATCHERS = prepared(watchers_of(HERE))
LINKS = prepared(
    select(TicketLink.ticket_id, TicketLink.other_id, TicketLink.kind, Ticket.number, Ticket.subject, Ticket.status)
    .join(
        Ticket,
        and_(
            Ticket.tenant_id == TicketLink.tenant_id,
            or_(
                and_(TicketLink.ticket_id == mine, Ticket.id == TicketLink.other_id),
                and_(TicketLink.other_id == mine, Ticket.id == TicketLink.ticket_id),
            ),
        ),
    )
    .order_by(TicketLink.id)
)
TAGS = prepared(select(TicketTag.name).where(TicketTag.ticket_id == mine).order_by(TicketTag.name))
FOLLOWERS = prepared(
    select(TicketFollower)
    .where(TicketFollower.ticket_id == mine)
    .order_by(TicketFollower.id)
    .options(joinedload(TicketFollower.person))
)
ITEMS = prepared(select(ChecklistItem).where(ChecklistItem.ticket_id == mine).order_by(ChecklistItem.id))
OF_CONVERSATION = prepared(
    select(Ticket)
    .join(member, and_(member.tenant_id == Ticket.tenant_id, member.ticket_id == Ticket.id))
    .where(member.conversation_id == bindparam("conversation", type_=Uuid()), member.until_seq.is_(None))
)


def whole(number: int) -> Ticket | None:
    """A ticket with its customer, assignee and department, in one statement."""
    return db.session.scalars(WHOLE, {"number": number}).first()


def of_conversation(id: UUID) -> Ticket | None:
    return db.session.scalars(OF_CONVERSATION, {"conversation": id}).first()


def thread(ticket: Ticket, for_customer: bool = False) -> Page:
    """The last 100 messages of all its conversations, oldest first; `next` leads to earlier ones."""
    query = THREAD_FOR_CUSTOMER if for_customer else THREAD_OF
    found = page(query, Message.created_at, Message.id, size=THREAD, values={"ticket": ticket.id})
    return Page(dressed(list(reversed(found.rows))), found.next, found.after)


def conversations(ticket: Ticket) -> list[Conversation]:
    """All of which something belongs to it: those that still do first, of them the open ones, the newest in front."""
    return list(dict.fromkeys(line.Conversation for line in stretches(ticket)))


def current(ticket: Ticket) -> Conversation | None:
    """Where answers go, or None; see `answered_in`."""
    return answered_in(stretches(ticket))


def answered_in(talks: Any) -> Conversation | None:
    """Of the stretches' conversations that still belong to the ticket and are written an open one, else the newest."""
    here = (line.Conversation for line in talks if line.until_seq is None)
    return next((one for one in here if channel_of(one).written), None)


def watchers(ticket: Ticket, viewer_id: UUID) -> list[Any]:
    """Colleagues who have a conversation of it open too."""
    return others_of(db.session.scalar(WATCHERS, {"ticket": ticket.id}), viewer_id)


def stretches(ticket: Ticket) -> Any:
    """Lines of a Conversation and its stretch's `until_seq`, in the order of `conversations`."""
    return db.session.execute(CONVERSATIONS, {"ticket": ticket.id}).all()


def hanging(ticket: Ticket) -> dict[str, Any]:
    """tags, followers, links (rows with number, subject, status of the other ticket) and checklist items."""
    key = {"ticket": ticket.id}
    return {
        "tags": list(db.session.scalars(TAGS, key).all()),
        "followers": list(db.session.scalars(FOLLOWERS, key).all()),
        "links": db.session.execute(LINKS, key).all(),
        "items": list(db.session.scalars(ITEMS, key).all()),
    }


def followed_by(ticket: Ticket) -> Ticket | None:
    """The ticket of the same customer in which a closed one goes on."""
    query = select(Ticket).join(
        TicketLink, and_(TicketLink.tenant_id == Ticket.tenant_id, TicketLink.ticket_id == Ticket.id)
    )
    query = query.where(TicketLink.other_id == ticket.id, TicketLink.kind == "follows")
    query = query.where(Ticket.customer_id == ticket.customer_id)
    return db.session.scalars(query.order_by(Ticket.number.desc())).first()
