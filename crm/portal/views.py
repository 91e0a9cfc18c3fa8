"""What a customer sees of their conversations, in the widget's frame and in the portal."""

from datetime import timedelta
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select

from ..accounts.models import Employee
from ..conversations import queries, queue
from ..conversations.models import Conversation, Message, Participant, Rating
from ..conversations.models.message import SAID
from ..customers.models import Customer
from ..db import db, now, uuid7
from ..paging import Page, page
from ..tickets.models import Ticket
from ..tickets.models.ticket import OVER
from ..web import wants_fragment, wants_json
from .asked import asked_about

UNREAD_SHOWN = 9
RATE_FOR = timedelta(days=2)


def words() -> dict[str, str]:
    return {
        "email_needed": _("Give an e-mail address, so that our answer reaches you."),
        "write_something": _("Write something, or choose a file."),
    }


def thread(conversation: Conversation) -> str:
    messages = queries.thread(conversation, for_customer=True)
    about = asked_about(conversation) if request.blueprint == "portal" else None  # elsewhere no way leads to purchases
    return render_template(
        f"{request.blueprint}/conversation.html", messages=messages, audience="customer", client_id=uuid7(), about=about,
        earlier=earlier_url(conversation, messages), **parts(conversation),
    )  # fmt: skip


def state(conversation: Conversation) -> str:
    """The parts around the thread that change by themselves: who answers, the wait, the rating."""
    return render_template(f"{request.blueprint}/_state.html", **parts(conversation))


def settled(conversation: Conversation) -> Any:
    """The answer to a verb: the parts that changed, or for a page without JavaScript the page."""
    if wants_fragment() or wants_json():
        return state(conversation)
    return redirect(url_for(".show", number=conversation.number), 303)


def parts(conversation: Conversation) -> dict[str, Any]:
    """Everything that `_state.html` names."""
    wait = queue.wait_of(conversation) if conversation.status == "queued" else None
    rating = Rating.first(conversation_id=conversation.id, episode=conversation.episode)
    return {
        "conversation": conversation, "viewer": g.visitor.customer, "rating": rating if is_over(conversation, rating) else None,
        "seen": seen_by_staff(conversation),
        "wait": wait, "faces": faces(conversation.department_id, wait),
        "earlier_count": 1,
    }  # fmt: skip


def is_over(conversation: Conversation, rating: Rating | None) -> bool:
    """Whether one may say how it was: it is closed, or what was asked about is the ticket, and that is solved."""
    if rating is None or conversation.status == "closed":
        return True
    ticket = Ticket.first(id=rating.ticket_id) if rating.ticket_id else None
    return ticket is not None and ticket.status in OVER and ticket.episode == rating.ticket_episode


def faces(department_id: Any, wait: queue.Wait | None) -> list[Employee]:
    """Who could answer, as far as that is shown."""
    return queue.available(department_id, limit=3) if wait and wait.staffed else []


def seen_by_staff(conversation: Conversation) -> int:
    """How far the employees have read: the furthest of them."""
    query = select(func.max(Participant.last_read_seq)).where(
        Participant.conversation_id == conversation.id, Participant.person_id != conversation.customer_id
    )
    return db.session.scalar(query) or 0


def earlier_url(conversation: Conversation, messages: list[Message]) -> str | None:
    if len(messages) < queries.THREAD or messages[0].seq == 1:
        return None
    return url_for(".earlier", number=conversation.number, before=messages[0].seq)


def greeting() -> str:
    """The first view of somebody who begins: who is there, the honest wait, and one field to write in."""
    department_id = department()
    wait = queue.wait_of_next(department_id)
    return render_template(
        "widget/greeting.html", wait=wait, viewer=g.visitor.customer,
        faces=faces(department_id, wait), earlier_count=count_of(g.visitor.customer), conversation=None,
    )  # fmt: skip


def department() -> Any:
    from .thread import department_of

    found = department_of(g.visitor.department_id)
    return found.id if found else None


def first() -> str:
    """Where a returning visitor goes on: in the conversation that is open or waits for stars, else at the greeting."""
    last = latest(g.visitor.customer) if g.visitor.customer else None
    return thread(last) if last and goes_on(last) else greeting()


def latest(customer: Customer) -> Conversation | None:
    mine = Conversation.customer_id == customer.id, Conversation.channel != "phone"
    query = select(Conversation.number).where(*mine)
    query = query.order_by((Conversation.status == "closed"), Conversation.last_message_at.desc()).limit(1)
    number = db.session.scalar(query)
    return queries.whole(number) if number else None


def goes_on(last: Conversation) -> bool:
    if last.closed_at is None:
        return True
    rating = Rating.first(conversation_id=last.id, episode=last.episode)
    return rating is not None and rating.rated_at is None and last.closed_at > now() - RATE_FOR


def count_of(customer: Customer | None) -> int:
    if customer is None:
        return 0
    return db.session.scalar(select(func.count()).where(*shown_to(customer))) or 0


def shown_to(customer: Customer) -> list[Any]:
    """The conditions of what they find in their list."""
    mine = [Conversation.customer_id == customer.id]
    return [*mine, Conversation.channel != "phone"] if g.visitor.is_stranger else mine


def own(customer: Customer) -> Page:
    """A page of the customer's conversations, newest first: each with `stars`, and whether it `may_rate`."""
    given = select(Rating.stars).where(
        Rating.tenant_id == Conversation.tenant_id, Rating.conversation_id == Conversation.id,
        Rating.episode == Conversation.episode,
    )  # fmt: skip
    asked = select(Rating.id).where(
        Rating.tenant_id == Conversation.tenant_id, Rating.conversation_id == Conversation.id,
        Rating.episode == Conversation.episode, Rating.rated_at.is_(None),
    )  # fmt: skip
    query = select(
        Conversation.id, Conversation.number, Conversation.status, Conversation.preview, Conversation.last_message_at,
        given.scalar_subquery().label("stars"), asked.exists().label("may_rate"),
    ).where(*shown_to(customer))  # fmt: skip
    return page(query, Conversation.last_message_at, Conversation.id, size=20, scalars=False)


def unread(customer: Customer) -> dict[str, Any]:
    """{unread: at most 9 answers not seen yet, live: whether a conversation goes on}, for the button on the host page."""
    mark = select(Participant.last_read_seq).where(
        Participant.tenant_id == Conversation.tenant_id, Participant.conversation_id == Conversation.id,
        Participant.person_id == customer.id,
    )  # fmt: skip
    read = func.coalesce(mark.scalar_subquery(), 0)
    query = select(Conversation.id, read.label("read"), Conversation.status, Conversation.last_reply_seq)
    query = query.where(Conversation.customer_id == customer.id).order_by(Conversation.last_message_at.desc()).limit(5)
    lines = db.session.execute(query).all()
    waiting = [(line.id, line.read) for line in lines if line.last_reply_seq > line.read]
    return {
        "unread": sum(new_answers(*one) for one in waiting[:2]),
        "live": any(line.status != "closed" for line in lines),
    }


def new_answers(conversation_id: Any, read: int) -> int:
    query = select(Message.id).where(
        Message.conversation_id == conversation_id, Message.seq > read, Message.kind.in_(SAID),
        Message.customer_position.is_not(None), Message.sender_id != Conversation.customer_id,
        Conversation.tenant_id == Message.tenant_id, Conversation.id == Message.conversation_id,
    )  # fmt: skip
    return len(db.session.scalars(query.limit(UNREAD_SHOWN)).all())
