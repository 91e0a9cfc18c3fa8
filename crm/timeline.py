"""What happened with somebody: the stream of `events` that name them, worded by the features that recorded them.

A feature says which kinds of things it tells (`kind`), and words its events (`told`), all of a page at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, func, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from . import events, realtime
from .db import Base, db, prepared
from .events import Event
from .realtime import Topic

SIZE, MOST = 30, 200


@dataclass(frozen=True)
class Line:
    """One thing that happened, as a reader sees it: `quote` is what somebody wrote, `link` where it stands, `by` who did it,
    `at` when, if that is not when the event was recorded.

    Where several are told of together, `whose` it is stands with it. Lines of one `group` that follow each other become
    one, which says how many there are besides.
    """

    icon: str
    sentence: str
    link: str = ""
    quote: str = ""
    tone: str = ""
    by: str = ""
    group: Any = None
    id: UUID | None = None
    at: Any = None
    besides: int = 0
    whose: str = ""
    whose_id: UUID | None = None


@dataclass(frozen=True)
class Kind:
    """What readers may choose to see alone: events of these names; with `said`, of those that have a fact `kind` these."""

    word: Any
    icon: str
    names: tuple[str, ...]
    said: tuple[str, ...] = ()
    place: int = 50


@dataclass(frozen=True)
class Stretch:
    """Lines, the newest first; `older` is the id after which older ones follow, None at the end."""

    lines: list[Line]
    older: UUID | None
    oldest: UUID | None


Teller = Callable[[list[Any]], dict[UUID, Line]]
tellers: dict[str, Teller] = {}
kinds: dict[str, Kind] = {}


def kind(key: str, word: Any, icon: str, *names: str, said: tuple[str, ...] = (), place: int = 50) -> None:
    """Offer readers to see these alone: `kind("mails", _l("Mails"), "mail", "message.posted", said=("email",))`."""
    kinds[key] = Kind(word, icon, names, said, place)


def offered() -> dict[str, Kind]:
    """The kinds in the order in which they are offered."""
    return dict(sorted(kinds.items(), key=lambda pair: pair[1].place))


def told(*names: str) -> Callable[[Teller], Teller]:
    """Word events of these names on the page of whom they are about: events -> {event id: Line}.

    Each event has id, name, created_at, facts, subject_id, actor_id, actor_name and actor_kind. What is left out of the
    answer is not shown. One statement for all of them, please: it is part of a page.
    """

    def decorate(teller: Teller) -> Teller:
        for name in names:
            tellers[name] = teller
            events.now(name)(ring)
        return teller

    return decorate


def topic_of(tenant_id: UUID, customer_id: UUID) -> Topic:
    return Topic(tenant_id, "customer", customer_id)


def ring(happened: Any) -> None:
    """Open pages of whom it is about look again."""
    if happened.customer_id:
        realtime.refresh(topic_of(happened.tenant_id, happened.customer_id), "timeline")


def read(whom: list[UUID], kind: str = "", before: UUID | None = None, since: UUID | None = None,
         together: bool = False) -> Stretch:  # fmt: skip
    """A page of what happened with these: before `before`, or all from `since` on, at most 200.

    They are one, whose ids these are; or many, `together`, and each line says whose it is.
    """
    size, alone = MOST if since else SIZE, len(whom) == 1 and not together
    values = {"whom": whom[0] if alone else whom, "before": before, "since": since, "size": size + 1}
    make, kind = lines_of_many if together else lines_of, kind if kind in kinds else ""
    query = make(kind, alone, before is not None, since is not None)
    found = list(db.session.execute(query, {name: value for name, value in values.items() if value is not None}).all())
    more, found = len(found) > size, found[:size]
    oldest = found[-1].id if found else None
    return Stretch(gathered(worded(found)), oldest if more else None, oldest)


@cache
def lines_of(kind: str, alone: bool, goes_on: bool, from_there: bool) -> Any:
    person = Base.metadata.tables["people"]
    query = select(Event.id, Event.name, Event.created_at, Event.facts, Event.subject_id, Event.actor_id,
                   person.c.name.label("actor_name"), person.c.kind.label("actor_kind")).outerjoin(
        person, and_(person.c.tenant_id == Event.tenant_id, person.c.id == Event.actor_id)
    )  # fmt: skip
    whom = Event.customer_id == bindparam("whom") if alone else Event.customer_id.in_(bindparam("whom", expanding=True))
    return prepared(newest(query.where(whom), kind, goes_on, from_there))


def newest(query: Any, kind: str, goes_on: bool, from_there: bool) -> Any:
    query = query.where(wanted(kinds[kind]) if kind else everything())
    if goes_on:
        query = query.where(Event.id < bindparam("before"))
    if from_there:
        query = query.where(Event.id >= bindparam("since"))
    return query.order_by(Event.id.desc()).limit(bindparam("size"))


@cache
def lines_of_many(kind: str, _alone: bool, goes_on: bool, from_there: bool) -> Any:
    """The newest of each are read from the index, and of these the newest: however many there are of all."""
    ids = func.unnest(bindparam("whom", type_=ARRAY(Uuid()))).table_valued("id", name="whom").render_derived()
    columns = Event.tenant_id, Event.id, Event.created_at, Event.name, Event.facts, Event.subject_id, Event.actor_id
    theirs = select(*columns, Event.customer_id).where(Event.customer_id == ids.c.id).correlate(ids)
    event = newest(theirs, kind, goes_on, from_there).lateral("event")
    actor, whose = (Base.metadata.tables["people"].alias(name) for name in ("actor", "whose"))
    named = func.coalesce(func.nullif(whose.c.name, ""), whose.c.email, whose.c.phone)
    query = select(event.c.id, event.c.name, event.c.created_at, event.c.facts, event.c.subject_id, event.c.actor_id,
                   actor.c.name.label("actor_name"), actor.c.kind.label("actor_kind"), named.label("whose"),
                   whose.c.id.label("whose_id")).select_from(ids.join(event, true()))  # fmt: skip
    for person, id in ((actor, event.c.actor_id), (whose, event.c.customer_id)):
        query = query.outerjoin(person, and_(person.c.tenant_id == event.c.tenant_id, person.c.id == id))
    return prepared(query.order_by(event.c.id.desc()).limit(bindparam("size")))


def wanted(kind: Kind) -> Any:
    named, fact = Event.name.in_(kind.names), Event.facts["kind"].astext
    return and_(named, or_(fact.is_(None), fact.in_(kind.said))) if kind.said else named


def everything() -> Any:
    """What is told, of whatever kind; of names whose fact `kind` matters, only the kinds that are offered."""
    choosy = [kind for kind in kinds.values() if kind.said]
    rest = set(tellers).difference(*(kind.names for kind in choosy))
    return or_(Event.name.in_(sorted(rest)), *map(wanted, choosy))


def worded(found: list[Any]) -> list[Line]:
    """Each worded by who knows it: every teller is asked once."""
    asked: dict[Teller, list[Any]] = {}
    for event in found:
        asked.setdefault(tellers[event.name], []).append(event)
    lines: dict[UUID, Line] = {}
    for teller, about in asked.items():
        lines |= teller(about)
    return [dated(lines[one.id], one) for one in found if one.id in lines]


def dated(line: Line, event: Any) -> Line:
    whose = {"whose": event.whose or "", "whose_id": event.whose_id} if hasattr(event, "whose") else {}
    return replace(line, id=event.id, at=line.at or event.created_at, **whose)


def gathered(lines: list[Line]) -> list[Line]:
    found: list[Line] = []
    for line in lines:
        if line.group and found and found[-1].group == line.group:
            found[-1] = replace(found[-1], besides=found[-1].besides + 1)
        else:
            found.append(line)
    return found
