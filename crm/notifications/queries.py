"""What somebody has been told, as lists and the mail show it: each with what it is about, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, and_, bindparam, func, literal, or_, select, update
from sqlalchemy.orm import aliased

from ..accounts.models import Employee, Person
from ..conversations.models import Conversation, Message
from ..customers.models import Customer
from ..db import db, now, prepared
from ..paging import Page, page
from ..tickets.models import Ticket
from .kinds import Kind, kinds
from .models import Notification

COUNTED_TO = 100
LATEST, LOOKED_AT = 8, 60
PREVIEW = 140
ME = bindparam("person", type_=Uuid())
actor = aliased(Person)
customer = aliased(Customer)


@dataclass(frozen=True)
class Told:
    """A line: `actor` did it, `about` names the customer or the ticket, `words` are those of a note.

    `times` is how often it was told, where it stands for earlier ones about the same; `said` are the words of all.
    """

    id: UUID
    name: str
    facts: dict[str, Any]
    created_at: datetime
    seen: bool
    actor: str
    customer: str
    about: str
    words: str
    path: str
    times: int = 1
    said: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        return kinds[self.name]

    @property
    def sentence(self) -> str:
        return self.kind.says(self)


def lines() -> Select[Any]:
    query = select(
        Notification.id, Notification.kind, Notification.facts, Notification.created_at, Notification.seen_at,
        Notification.is_read().label("is_read"), actor.name.label("actor"), customer.name.label("customer"),
        func.coalesce(customer.email, customer.claimed_email, "").label("email"), Conversation.number, Conversation.preview,
        Ticket.number.label("ticket"), Ticket.subject, Message.body,
    ).select_from(Notification)  # fmt: skip
    for other, id in ((actor, Notification.actor_id), (Conversation, Notification.conversation_id),
                      (Ticket, Notification.ticket_id), (Message, Notification.message_id)):  # fmt: skip
        query = query.outerjoin(other, and_(other.tenant_id == Notification.tenant_id, other.id == id))
    whose = func.coalesce(Conversation.customer_id, Ticket.customer_id)
    return query.outerjoin(customer, and_(customer.tenant_id == Notification.tenant_id, customer.id == whose))


MINE = prepared(lines().where(Notification.person_id == ME, Notification.shown))
NEWEST = prepared(MINE.order_by(Notification.id.desc()).limit(LOOKED_AT))
GIVEN = prepared(lines().where(Notification.id.in_(bindparam("ids", expanding=True))).order_by(Notification.id.desc()))
FEW = select(literal(1)).select_from(Notification).where(*Notification.unseen(ME), Notification.shown).limit(COUNTED_TO)
NUMBER = prepared(select(func.count()).select_from(FEW.subquery()))

ABOUT = Notification.conversation_id == bindparam("conversation", type_=Uuid())
OF_ONE = prepared(select(literal(1)).select_from(Notification).where(
    Notification.person_id == ME, ABOUT, Notification.seen_at.is_(None)).limit(1))  # fmt: skip


def number(person: Employee) -> int:
    """How much they have not seen, at most 100."""
    return db.session.scalar(NUMBER, {"person": person.id}) or 0


def waits_in(conversation_id: UUID, person_id: UUID) -> bool:
    """Whether they were told something of the conversation that stands as unseen, though they may have read so far by now."""
    return db.session.scalar(OF_ONE, {"conversation": conversation_id, "person": person_id}) is not None


def latest(person: Employee) -> list[Told]:
    return gathered(db.session.execute(NEWEST, {"person": person.id}).all())[:LATEST]


def everything(person: Employee) -> Page:
    found = page(MINE, Notification.id, size=LOOKED_AT, scalars=False, values={"person": person.id})
    return Page(gathered(found.rows), found.next, found.after)


def gathered(lines: Sequence[Any]) -> list[Told]:
    """The newest of each kind about the same, for all of them."""
    newest: dict[Any, Told] = {}
    for told in map(as_told, lines):
        same = told.name, told.about, told.path, told.seen
        first = newest.setdefault(same, told)
        if first is not told:
            newest[same] = replace(first, times=first.times + 1, said=(*first.said, *filter(None, [told.words])))
    return list(newest.values())


def given(ids: list[UUID]) -> list[Told]:
    """The newest first, what repeats itself gathered."""
    return gathered(db.session.execute(GIVEN, {"ids": ids}).all())


def as_told(line: Any) -> Told:
    who = line.customer or line.email or (f"#{line.number}" if line.number else "")
    about = f"#{line.ticket} {line.subject}" if line.ticket else f"{who} #{line.number}" if line.number else ""
    place = f"/conversations/{line.number}" if line.number else line.facts.get("path", kinds[line.kind].page)
    path = f"/tickets/{line.ticket}" if line.ticket else place
    words = (line.body or (line.preview if line.kind == "answered" else None) or "")[:PREVIEW]
    seen = line.seen_at is not None or bool(line.is_read)
    told = Told(line.id, line.kind, line.facts, line.created_at, seen, line.actor or "", who, about, words, path)
    return replace(told, said=(words,) if words else ())


def see_those_of(person: Employee, path: str) -> bool:
    """Mark as seen what is about the page at `path`; returns whether there was something."""
    here = [kind.name for kind in kinds.values() if kind.page == path.rstrip("/") != "/notifications"]
    if here:
        return see(person, Notification.kind.in_(here))
    kind, _, number = path.strip("/").partition("/")
    named = Notification.facts["path"].astext == path.rstrip("/")
    if kind in NAMED:
        return see(person, named)
    model, column = PAGES.get(kind, (None, None))
    if model is None or not number.isdecimal() or int(number) > 2**31 - 1:
        return False
    return see(person, or_(named, column.in_(select(model.id).where(model.number == int(number)))))


NAMED = ("purchases", "customers")  # pages that nothing but the fact `path` of what was told names
PAGES: dict[str, Any] = {
    "conversations": (Conversation, Notification.conversation_id),
    "tickets": (Ticket, Notification.ticket_id),
}


def see_until(told: Notification) -> bool:
    """It, and what of its kind was told of the same before it."""
    same = (Notification.kind == told.kind, Notification.conversation_id.is_not_distinct_from(told.conversation_id),
            Notification.ticket_id.is_not_distinct_from(told.ticket_id),
            Notification.facts["path"].astext.is_not_distinct_from(told.facts.get("path")))  # fmt: skip
    return see(told.person, Notification.id <= told.id, *same)


def see(person: Employee, *which: Any) -> bool:
    """Mark what `person` has not seen, all or `which`; returns whether there was something."""
    query = update(Notification).where(Notification.person_id == person.id, Notification.seen_at.is_(None), *which)
    query = query.values(seen_at=now()).returning(Notification.id)
    return bool(db.session.execute(query, execution_options={"synchronize_session": False}).all())


def see_everywhere(key: str) -> list[UUID]:
    """What everybody was told under `key` is no news any more; returns for whom it still was."""
    query = update(Notification).where(Notification.key == key, Notification.seen_at.is_(None))
    query = query.values(seen_at=now()).returning(Notification.person_id)
    return list(db.session.scalars(query, execution_options={"synchronize_session": False}).all())
