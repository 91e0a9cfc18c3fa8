"""Who is near somebody, and how two are connected: both read from the indexes alone, in bounded time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from psycopg.errors import QueryCanceled
from sqlalchemy import Uuid, func, literal, or_, select, union_all
from sqlalchemy.exc import OperationalError

from ...db import TENANT, db
from ...web import Refused
from ..models import Company, Customer
from ..models.relation import Relation, RelationKind

MOST = 40  # in the picture
NEAR, FAR = 24, 15  # of them next to the middle, and behind those
USUAL, LONGEST, SECONDS = (
    4,
    6,
    2,
)  # most who are connected at all are so by four, which costs a fifth where many know thousands
EDGE = Relation.__table__.c


class TooMany(Refused):
    description = _l("They know so many that no way was found in time. Ask for two who are nearer to each other.")


@dataclass
class Node:
    """Somebody in the picture: `ring` 0 is the middle, `behind` whom they stand, `more` how many of theirs are not shown."""

    id: UUID
    name: str
    what: str
    ring: int
    behind: UUID | None = None
    more: int = 0


@dataclass
class Near:
    """The neighbourhood: nodes by their ids, and the relations between them."""

    nodes: dict[UUID, Node] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)


def ends_of(ids: Iterable[UUID]) -> dict[UUID, Any]:
    """Customers and companies by their ids."""
    wanted = list(ids)
    found: dict[UUID, Any] = {
        one.id: one for one in db.session.scalars(select(Customer).where(Customer.id.in_(wanted)))
    }
    return found | {one.id: one for one in db.session.scalars(select(Company).where(Company.id.in_(wanted)))}


def relations_of(ids: Iterable[UUID], most: int) -> list[Relation]:
    wanted = list(ids)
    query = select(Relation).where(or_(Relation.from_id.in_(wanted), Relation.to_id.in_(wanted)))
    return list(db.session.scalars(query.order_by(Relation.id.desc()).limit(most)).all())


def neighbourhood(middle: Any) -> Near:
    """Two steps around a customer or company: at most forty, and how many more there are."""
    near, around = Near(), {middle.id: (0, None)}
    for ring, most in ((1, NEAR), (2, FAR)):
        edge = [id for id, (where, _) in around.items() if where == ring - 1]
        spread(around, edge, ring, most)
    here = ends_of(around)
    for id, (ring, behind) in around.items():
        if id in here:
            what = "person" if isinstance(here[id], Customer) else "company"
            near.nodes[id] = Node(id, getattr(here[id], "shown_name", here[id].name), what, ring, behind)
    near.relations = between(list(near.nodes))
    count_more(near)
    return near


def spread(around: dict[UUID, Any], edge: list[UUID], ring: int, most: int) -> None:
    """One step further out, from each in turn, so that one who knows everybody leaves room for the others."""
    reached = {id: iter(relations_of([id], most + len(around))) for id in edge}
    found = 0
    while reached and found < most:
        for id in list(reached):
            relation = next(reached[id], None)
            if relation is None:
                del reached[id]
                continue
            other = relation.to_id if relation.from_id == id else relation.from_id
            if other not in around and found < most:
                around[other], found = (ring, id), found + 1


def between(ids: list[UUID]) -> list[Relation]:
    query = select(Relation).where(Relation.from_id.in_(ids), Relation.to_id.in_(ids)).order_by(Relation.id)
    return list(db.session.scalars(query.limit(4 * MOST)).all())


def count_more(near: Near) -> None:
    """How many of each one's are not in the picture."""
    shown = dict.fromkeys(near.nodes, 0)
    for relation in near.relations:
        shown[relation.from_id] += 1
        shown[relation.to_id] += 1
    ways = [select(side.label("id"), func.count().label("n")).where(side.in_(shown)).group_by(side)
            for side in (Relation.from_id, Relation.to_id)]  # fmt: skip
    for way in ways:
        for id, count in db.session.execute(way):
            near.nodes[id].more += count
    for id, count in shown.items():
        near.nodes[id].more = max(0, near.nodes[id].more - count)


# -- from one to another


def connection(one: UUID, other: UUID) -> list[UUID]:
    """The shortest way from one to the other, both included, over at most six relations; [] when there is none.

    Raises TooMany when it takes too long.
    """
    try:
        with db.session.begin_nested():
            before = db.session.scalar(select(func.current_setting("statement_timeout")))
            db.session.execute(select(func.set_config("statement_timeout", f"{SECONDS}s", True)))
            found = way(one, other, USUAL) or way(one, other, LONGEST)
            db.session.execute(select(func.set_config("statement_timeout", before, True)))
            return found
    except OperationalError as problem:
        if isinstance(problem.orig, QueryCanceled):
            raise TooMany() from None
        raise


def way(one: UUID, other: UUID, longest: int) -> list[UUID]:
    """By the one in the middle: who is reached from both sides in the fewest steps, then the same for each half."""
    if one == other:
        return [one]
    met = db.session.execute(meeting(one, other, longest)).first()
    if met is None:
        return []
    if met.there + met.back == 1:
        return [one, other]
    if met.there == 0 or met.back == 0:  # the middle of a way of two or more is neither of its ends
        return []
    return [*way(one, met.node, met.there), *way(met.node, other, met.back)[1:]]


def meeting(one: UUID, other: UUID, longest: int) -> Any:
    there, back = reached("there", one, (longest + 1) // 2), reached("back", other, longest // 2)
    query = select(there.c.node, there.c.steps.label("there"), back.c.steps.label("back"))
    steps = there.c.steps + back.c.steps
    return (
        query.join(back, back.c.node == there.c.node).order_by(steps, func.abs(there.c.steps - back.c.steps)).limit(1)
    )


def reached(name: str, start: UUID, most: int) -> Any:
    """Everybody within so many steps, each once for every number of steps: a circle leads nowhere new."""
    whole = select(literal(start, Uuid()).label("node"), literal(0).label("steps")).cte(name, recursive=True)
    out = select(EDGE.to_id.label("node")).where(EDGE.tenant_id == TENANT, EDGE.from_id == whole.c.node)
    into = select(EDGE.from_id.label("node")).where(EDGE.tenant_id == TENANT, EDGE.to_id == whole.c.node)
    next_to = union_all(out.correlate(whole), into.correlate(whole)).lateral()
    step = select(next_to.c.node, whole.c.steps + 1).select_from(whole).join(next_to, literal(True))
    return whole.union(step.where(whole.c.steps < most))


def steps_of(ids: list[UUID]) -> list[tuple[Any, RelationKind, bool, Any]]:
    """[(one, what, whether it is said from the one's side, the other)] of a way."""
    here, found = ends_of(ids), []
    for one, other in pairwise(ids):
        pair = or_(
            (Relation.from_id == one) & (Relation.to_id == other), (Relation.from_id == other) & (Relation.to_id == one)
        )
        relation = db.session.scalars(select(Relation).where(pair).limit(1)).first()
        if relation and one in here and other in here:
            found.append((here[one], relation.kind, relation.from_id == one, here[other]))
    return found
