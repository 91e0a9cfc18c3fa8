"""Waiting conversations go to whom they fit best, where a department wants that; what waits too long goes elsewhere.

Whoever gives out work holds the workspace's rules meanwhile, so two at once see each other's work and never give one
conversation twice. People may take what waits at any moment: it is looked at again under its own lock.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select

from ..accounts.calendars import calendar_of
from ..accounts.hours import open_at, working_between
from ..accounts.models import Employee
from ..db import db, now
from ..events import Event, later
from ..jobs import every
from . import queue
from .models import Ability, Conversation, Routing
from .models.routing import WEIGHTS

AT_ONCE = 50
CANDIDATES = 200


@later(
    "conversation.queued",
    "conversation.reopened",
    "conversation.closed",
    "employee.availability_changed",
    "employee.moved",
)
def give_out_at_once(_: Event) -> None:
    give_out()


@every(seconds=15)
def give_out() -> None:
    """Also by the clock: somebody may have come, and something may have waited too long."""
    for rule in Routing.all_locked():
        if rule.overflow_minutes and rule.overflow_to_id:
            pass_on(rule)
        if rule.way != "manual":
            serve(rule)


@later("employee.availability_changed")
def hand_back(event: Event) -> None:
    """What waits for the answer of somebody who is away now waits for the others."""
    person: Employee | None = event.subject
    if person is None or person.availability != "away":
        return
    for id in db.session.scalars(select(Conversation.id).where(*unanswered(person))).all():
        conversation = Conversation.locked(id=id)
        if conversation.assignee_id == person.id and conversation.last_customer_seq > conversation.last_reply_seq:
            conversation.put_back(conversation.department_id)


def unanswered(person: Employee) -> tuple[Any, ...]:
    asked = Conversation.last_customer_seq > Conversation.last_reply_seq
    return Conversation.assignee_id == person.id, Conversation.status == "open", asked


def serve(rule: Routing) -> None:
    """Give out what waits in the department, the longest first, as far as there is somebody free."""
    people = queue.available(rule.department_id, limit=CANDIDATES)
    if not people or not open_at(calendar_of(rule.department_id), now()):
        return
    team = Team(people)
    for id in waiting(rule.department_id):
        conversation = still_waiting(id)
        person = team.best_for(conversation, rule) if conversation else None
        if conversation and person:
            conversation.assign(person)
            team.take(person, conversation)


def waiting(department_id: UUID) -> list[UUID]:
    query = select(Conversation.id).where(Conversation.status == "queued", Conversation.department_id == department_id)
    return list(db.session.scalars(query.order_by(Conversation.queued_at, Conversation.id).limit(AT_ONCE)).all())


def still_waiting(id: UUID) -> Conversation | None:
    """Locked; None when somebody has taken it or does so just now."""
    query = select(Conversation).where(Conversation.id == id, Conversation.status == "queued")
    query = query.with_for_update(skip_locked=True, key_share=True).execution_options(populate_existing=True)
    return db.session.scalars(query).first()


def pass_on(rule: Routing) -> None:
    """To the other department, when it is open: what has waited too long, each once."""
    there = rule.overflow_to
    if there is None or there.archived_at or not open_at(calendar_of(there.id), now()):
        return
    calendar, most = calendar_of(rule.department_id), (rule.overflow_minutes or 0) * 60
    for id in waiting(rule.department_id):
        conversation = still_waiting(id)
        if conversation is None or conversation.overflowed_at or conversation.queued_at is None:
            continue
        if working_between(calendar, conversation.queued_at, now()) >= most:
            conversation.hand_to(there)
            conversation.overflowed_at = now()


class Team:
    """Those who could take something, with what they can and how much they have, as work is given out to them."""

    def __init__(self, people: list[Employee]):
        self.people = people
        ids = [person.id for person in people]
        self.abilities = Ability.of(ids)
        self.loads = loads(ids)

    def best_for(self, conversation: Conversation, rule: Routing) -> Employee | None:
        weight = weight_of(conversation)
        free = [one for one in self.people if self.loads.get(one.id, 0.0) + weight <= self.abilities[one.id].capacity]
        wanted = Wanted(conversation, rule) if free else None
        return min(free, key=lambda one: self.rank(one, wanted, rule), default=None)

    def rank(self, person: Employee, wanted: Any, rule: Routing) -> tuple[Any, ...]:
        """Less is better: who had this customer before, speaks their language, knows the matter; then whose turn it is."""
        ability = self.abilities[person.id]
        speaks = wanted.language is None or wanted.language in {*ability.languages, person.language}
        fits = (person.id != wanted.previous_id, not speaks, -len(wanted.skills & set(ability.skills)))
        turn = ability.given_at.timestamp() if ability.given_at else 0.0
        busy = self.loads.get(person.id, 0.0) / ability.capacity
        return (*fits, busy, turn) if rule.way == "least_busy" else (*fits, turn, busy)

    def take(self, person: Employee, conversation: Conversation) -> None:
        self.loads[person.id] = self.loads.get(person.id, 0.0) + weight_of(conversation)
        Ability.note_given(person.id, conversation.tenant_id)
        self.abilities[person.id].given_at = now() + timedelta(microseconds=1)


class Wanted:
    """What a conversation asks for by a department's rule; nothing where the rule does not look at it."""

    def __init__(self, conversation: Conversation, rule: Routing):
        customer = conversation.customer
        self.language = customer.language if customer and rule.by_language else None
        self.previous_id = previous_of(conversation) if rule.previous_first else None
        said = f"{conversation.subject} {conversation.preview} {conversation.page_url}".lower()
        self.skills = {name for name, words in rule.skills.items() if any(word in said for word in words)}


def previous_of(conversation: Conversation) -> UUID | None:
    """Who had the customer's last conversation, this one before it was put back among them."""
    query = select(Conversation.assignee_id).where(Conversation.customer_id == conversation.customer_id)
    query = query.where(Conversation.assignee_id.is_not(None), Conversation.id != conversation.id)
    return db.session.scalar(query.order_by(Conversation.last_message_at.desc()).limit(1))


def weight_of(conversation: Conversation) -> float:
    return WEIGHTS.get(conversation.channel, 1.0)


def loads(ids: list[UUID]) -> dict[UUID, float]:
    """{person id: the weight of their open conversations with customers}."""
    weight = case(WEIGHTS, value=Conversation.channel, else_=1.0)
    query = select(Conversation.assignee_id, func.sum(weight)).where(
        Conversation.assignee_id.in_(ids), Conversation.status == "open", Conversation.channel != "internal"
    )
    return {id: float(sum) for id, sum in db.session.execute(query.group_by(Conversation.assignee_id)).all() if id}
