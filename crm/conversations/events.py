"""What conversations do when something happened: push to the browsers that look."""

from typing import Any

from sqlalchemy import select

from .. import realtime
from ..accounts.models import Department
from ..db import db
from ..events import Event, later, now
from ..realtime import Topic
from .models import Conversation, Message, Participant, Rating
from .pieces import bubble, face
from .topics import employee, inbox, queue


@now("message.posted", "message.edited", "message.deleted")
def show_message(happened: Any) -> None:
    """The same partial as on the page. What is worded for its reader is not pushed: their page asks for it."""
    message: Message = happened.subject
    conversation = message.conversation
    show(conversation.topic, message, message.staff_position, "staff")
    if message.customer_position is not None and not conversation.is_internal:
        show(conversation.customer_topic, message, message.customer_position, "customer")


def show(topic: Topic, message: Message, position: int, audience: str) -> None:
    if message.plain:
        realtime.upsert(topic, "messages", bubble(message, audience), position)
    else:
        realtime.publish(topic, {"position": position, "ask": True})


@now("message.delivered")
def show_delivery(happened: Any) -> None:
    """The worker has nobody's page in hand: theirs asks."""
    message: Message = happened.subject
    realtime.publish(message.conversation.topic, {"position": message.staff_position, "ask": True})


@now("message.posted")
def tell_lists(happened: Any) -> None:
    """Lists that show this conversation load again; its assignee also hears it."""
    message: Message = happened.subject
    conversation = message.conversation
    if message.kind == "system":
        return
    sender = str(message.sender_id)
    if conversation.is_internal:
        return tell_colleague(conversation, message)
    realtime.refresh(inbox(conversation.tenant_id), "list")
    if conversation.assignee_id and message.said and conversation.assignee_id != message.sender_id:
        topic = employee(conversation.tenant_id, conversation.assignee_id)
        realtime.signal(topic, "message", number=conversation.number, sender=sender)


def tell_colleague(conversation: Conversation, message: Message) -> None:
    query = select(Participant.person_id).where(
        Participant.conversation_id == conversation.id, Participant.person_id != message.sender_id
    )
    for person_id in db.session.scalars(query).all():
        facts = {"number": conversation.number, "sender": str(message.sender_id), "refresh": ["list"]}
        realtime.publish(employee(conversation.tenant_id, person_id), {"signal": "message", **facts})


@now("message.edited", "message.deleted")
def tell_preview(happened: Any) -> None:
    """It may be what lists show of the conversation."""
    conversation: Conversation = happened.subject.conversation
    if not conversation.is_internal:
        return realtime.refresh(inbox(conversation.tenant_id), "list")
    query = select(Participant.person_id).where(Participant.conversation_id == conversation.id)
    for person_id in db.session.scalars(query).all():
        realtime.refresh(employee(conversation.tenant_id, person_id), "list")


@now("conversation.queued")
def tell_queue(happened: Any) -> None:
    conversation: Conversation = happened.subject
    realtime.publish(inbox(conversation.tenant_id), {"signal": "queued", "refresh": ["list"]})
    tell_state(conversation)
    tell_waiting(conversation)


@now("conversation.assigned", "conversation.closed", "conversation.reopened")
def tell_change(happened: Any) -> None:
    conversation: Conversation = happened.subject
    realtime.refresh(inbox(conversation.tenant_id), "list")
    tell_state(conversation)
    tell_waiting(conversation)


def tell_state(conversation: Conversation) -> None:
    realtime.refresh(conversation.topic, "header", "composer", "panel")
    realtime.refresh(conversation.customer_topic, "state")


def tell_waiting(conversation: Conversation) -> None:
    """Everybody who waits may have moved up."""
    realtime.refresh(queue(conversation.tenant_id), "state")


@now("conversation.assigned")
def tell_assignee(happened: Any) -> None:
    conversation: Conversation = happened.subject
    if conversation.assignee_id and conversation.assignee_id != happened.actor_id:
        topic = employee(conversation.tenant_id, conversation.assignee_id)
        realtime.signal(topic, "assigned", number=conversation.number)


@now("rating.given")
def show_rating(happened: Any) -> None:
    """The stars appear at once beside the conversation, and in the lists."""
    rating: Rating = happened.subject
    conversation = rating.conversation
    realtime.refresh(conversation.topic, "panel")
    realtime.refresh(conversation.customer_topic, "state")
    realtime.refresh(inbox(conversation.tenant_id), "list")
    if rating.employee_id:
        topic = employee(rating.tenant_id, rating.employee_id)
        realtime.signal(topic, "rated", number=conversation.number, stars=rating.stars)


@now("follow_up.done")
def show_follow_up(happened: Any) -> None:
    realtime.refresh(happened.subject.rating.conversation.topic, "panel")


@now("conversation.message_left")
def show_message_left(happened: Any) -> None:
    realtime.refresh(happened.subject.customer_topic, "state")


@now("customer.changed", "customer.blocked", "customer.unblocked")
def show_customer(happened: Any) -> None:
    """Where they are named: lists, and their latest conversations, for both sides."""
    realtime.refresh(inbox(happened.tenant_id), "list")
    query = select(Conversation).where(Conversation.customer_id == happened.subject.id)
    for conversation in db.session.scalars(query.order_by(Conversation.last_message_at.desc()).limit(20)).all():
        tell_state(conversation)
        if happened.name == "customer.changed":
            tell_name(conversation, happened.subject)


def tell_name(conversation: Conversation, person: Any) -> None:
    """What they said before stands on open pages under the name they had."""
    facts = {"person": str(person.id), "name": person.shown_name, "face": face(person)}
    for topic in (conversation.topic, conversation.customer_topic):
        realtime.signal(topic, "named", **facts)


@now("employee.availability_changed")
def tell_who_is_there(happened: Any) -> None:
    """Those who wait see who could answer."""
    realtime.refresh(queue(happened.tenant_id), "state")


@later("employee.deactivated")
def free_conversations(event: Event) -> None:
    """What somebody who left had open waits for the others."""
    query = select(Conversation.id).where(Conversation.assignee_id == event.subject_id, Conversation.status == "open")
    for id in db.session.scalars(query).all():
        conversation = Conversation.locked(id=id)
        conversation.put_back(conversation.department_id)


@later("department.archived")
def empty_queue(event: Event) -> None:
    """Who waited for a department that is no more waits for the first one that is."""
    first = next(iter(Department.open_ones()), None)
    waiting = Conversation.department_id == event.subject_id, Conversation.status == "queued"
    for id in db.session.scalars(select(Conversation.id).where(*waiting)).all():
        Conversation.locked(id=id).put_back(first.id if first else None)
