"""What routes of employees and of customers share about one conversation."""

from typing import Any
from uuid import UUID

from flask import Response, make_response, render_template
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from .. import realtime
from ..accounts.models import Department, Employee, Person
from ..db import db, uuid7
from ..events import note
from ..web import Invalid, Refused
from . import queries, topics
from .channels import channel_of
from .models import Conversation, Message, Participant
from .models.message import SAID, preview_of
from .models.writing import Draft, find_posted, post


def can(conversation: Conversation, viewer: Employee) -> set[str]:
    """What `viewer` may do with it now: accept, reply, note, transfer, close, reopen, block."""
    if not viewer.may("conversations.reply"):
        return set()
    if conversation.is_internal:
        return {"reply"}
    if conversation.customer_id is None or conversation.is_forsaken:
        return {"note"}
    granted = {"reply", "note", "transfer", "close"}
    if conversation.status == "queued":
        granted |= {"accept"}
    if conversation.status == "closed":
        granted = {"reply", "note", "reopen"}
    if not channel_of(conversation).may_reply(conversation):
        granted -= {"reply"}
    return granted | ({"block"} if viewer.may("customers.block") else set())


def receivers() -> dict[str, Any]:
    """Departments and active employees (with how much they have open), for the transfer's form."""
    open_now = select(func.count()).where(
        Conversation.tenant_id == Employee.tenant_id,
        Conversation.assignee_id == Employee.id,
        Conversation.status == "open",
    )
    query = select(Employee, open_now.scalar_subquery().label("open_count")).where(Employee.deactivated_at.is_(None))
    found = db.session.execute(query.order_by(Employee.name)).all()
    people = [Receiver(line.Employee, line.open_count) for line in found if line.Employee.id != current_user.id]
    return {"employees": people, "departments": Department.open_ones()}


class Receiver:
    """An employee with the number of conversations they have open."""

    def __init__(self, employee: Employee, open_count: int):
        self.id, self.name, self.shown_name = employee.id, employee.name, employee.shown_name
        self.availability, self.open_count = employee.availability, open_count


def hand_over(conversation: Conversation, to: str, by: Employee, note: str) -> None:
    """Give to `employee:<id>` or `department:<id>`. Raises Invalid, NotFound (foreign ids too) and Closed."""
    kind, _, id = to.partition(":")
    try:
        target = UUID(id)
    except ValueError:
        kind, target = "", uuid7()
    if kind == "employee":
        conversation.assign(Employee.find(id=target, deactivated_at=None), by=by)
    elif kind == "department":
        conversation.hand_to(Department.find(id=target, archived_at=None))
    else:
        raise Invalid({"to": str(_l("Choose a colleague or a department."))})
    if note:
        post(conversation, by, Draft(note, uuid7(), "note"))


class Unreachable(Refused):
    description = _l("We have no address to send an answer to.")


def guard_reply(conversation: Conversation, kind: str) -> None:
    """Raises Unreachable for an answer that would reach nobody."""
    if kind in SAID and not channel_of(conversation).may_reply(conversation):
        raise Unreachable()


class Spoken(Refused):
    description = _l("A call is not answered in writing. Begin a new conversation.")


def guard_writing(conversation: Conversation) -> None:
    """For customers. Raises Spoken for a call."""
    if not channel_of(conversation).written:
        raise Spoken()


class Overtaken(Refused):
    description = _l("A colleague has answered meanwhile. Read it first.")


def guard_seen(conversation: Conversation, sender: Employee, position: int | None, said: dict[str, Any]) -> None:
    """Raises Overtaken for an answer by somebody who had not seen what a colleague answered: their page showed the
    conversation up to `position`. It names that answer; the same words sent again from a page that shows it pass."""
    unaware = position is not None and conversation.last_reply_seq > position and not conversation.is_internal
    if not unaware or said["kind"] not in SAID:
        return
    query = select(Message).where(
        Message.conversation_id == conversation.id, Message.seq > position, Message.kind.in_(SAID),
        Message.sender_id.not_in([sender.id, conversation.customer_id]), Message.deleted_at.is_(None),
    )  # fmt: skip
    newer = db.session.scalars(query.options(joinedload(Message.sender)).order_by(Message.seq.desc())).first()
    if newer and not is_posted(conversation, sender, said["client_id"]):
        facts = {"name": newer.sender.shown_name if newer.sender else "", "words": preview_of(newer.body, newer.files)}
        raise Overtaken(
            _l("%(name)s has answered meanwhile: “%(words)s” Yours is kept: send it again if it still fits.", **facts)
        )


def is_posted(conversation: Conversation, sender: Person, client_id: UUID) -> bool:
    return find_posted(conversation.id, sender.id, client_id) is not None


def tell_seen(conversation: Conversation, reader: Person) -> None:
    """Let the other side's pages show that it was seen; a hint, the truth stands in participants."""
    query = select(Participant.last_read_seq).where(
        Participant.conversation_id == conversation.id, Participant.person_id == reader.id
    )
    facts = {"by": reader.kind, "seq": db.session.scalar(query) or 0}
    realtime.signal(conversation.topic, "seen", person=str(reader.id), **facts)
    if not conversation.is_internal:
        realtime.signal(conversation.customer_topic, "seen", **facts)
    if reader.kind == "employee":  # no longer unread in the lists of their other pages
        realtime.refresh(topics.employee(conversation.tenant_id, reader.id), "list")
        note("conversation.read", conversation, person=reader.id)


def changes_page(conversation: Conversation, after: int, audience: str, since: int = 0) -> Response:
    """Fragments to upsert, and in X-Position how far they bring the page; X-More when it has to ask again.

    Those of messages with a seq from `since` on."""
    customer = audience == "customer"
    messages = queries.changes(conversation, after, for_customer=customer)
    position = conversation.customer_position if customer else conversation.staff_position
    shown = [message for message in messages if message.seq >= since]
    response = make_response(render_template("conversations/_messages.html", messages=shown, audience=audience))
    if len(messages) == queries.CHANGES:
        last = messages[-1]
        position = (last.customer_position if customer else last.staff_position) or 0
        response.headers["X-More"] = "1"
    response.headers["X-Position"] = str(position)
    return response
