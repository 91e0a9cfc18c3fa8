"""The list of tickets: views, filters and orders. Its statements are made once for each shape of what is asked; those by the
workspace's own fields (asking.py) are read as other lists are, and planned for what is asked."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, Uuid, and_, bindparam, case, func, literal, select
from sqlalchemy.orm import aliased

from ..accounts.models import Department, Employee
from ..customers.list_columns import look_up
from ..customers.models import Customer
from ..db import db, prepared
from ..finding import MOST_WORDS, escaped
from ..listing import reading
from ..listing.asked import Asked as Own
from ..listing.listing import Listing
from ..paging import Page, page
from .models import OPEN, PRIORITIES, Ticket, TicketTag
from .models.ticket import OVER

VIEWS = ("mine", "department", "unassigned", "open", "solved")
FILTERS = ("status", "priority", "type", "tag", "assignee", "department")
SORTS = ("changed", "created", "priority", "due", "breaks")
SORTS_OVER = ("changed", "created")  # what is over is neither urgent nor due any more
SOONEST = ("due", "breaks")  # the others begin with the last or the most
ROWS = 30
COUNTED_TO = 100
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
customer, assignee = aliased(Customer), aliased(Employee)
tag = aliased(TicketTag)
rank = case({name: str(place) for place, name in enumerate(PRIORITIES)}, value=Ticket.priority).label("rank")
due = func.coalesce(Ticket.due_at, literal(NEVER)).label("due")
breaks = func.coalesce(Ticket.breaks_at, literal(NEVER)).label("breaks")
KEYS = {"changed": Ticket.touched_at, "created": Ticket.created_at, "priority": rank, "due": due, "breaks": breaks}


@dataclass(frozen=True)
class Asked:
    """The shape of a list: its view, its order, which filters are set, how many words are looked for."""

    view: str
    sort: str
    filters: tuple[str, ...]
    words: int
    in_department: bool
    fields: bool = False


@dataclass(frozen=True)
class Row:
    """A line of the list of tickets; `customer` and `assignee` are names, `tags` words in their order, `told` what stands in
    the fields that are shown, each with its name."""

    id: UUID
    number: int
    subject: str
    type: str
    priority: str
    status: str
    due_at: datetime | None
    touched_at: datetime
    customer: str | None
    assignee: str | None
    department: str | None
    tags: tuple[str, ...]
    late: bool
    breaks_at: datetime | None
    breaks_kind: str | None
    broken: bool
    told: tuple[tuple[str, str], ...] = ()


def tickets(view: str, viewer: Employee, sort: str = "changed", wanted: str = "", own: Own | None = None,
            after: str | None = None, **filters: Any) -> Page:  # fmt: skip
    """One page of rows; `filters` of FILTERS, those without a value ask nothing. One statement, unless fields are asked."""
    sort = in_order(view, sort)
    asked, values = shape(view, viewer, sort, wanted, filters, fields=bool(own and own.columns))
    if own and (own.conditions or sort not in KEYS):
        found = by_fields(asked, values, own, after)
    else:
        found = page(lines_of(asked), KEYS[sort], Ticket.id, size=ROWS, descending=sort not in SOONEST, scalars=False,
                     values=values)  # fmt: skip
    shown = own.columns if own else ()
    known = look_up(found.rows, shown)
    return Page([as_row(line, shown, known) for line in found.rows], found.next, found.after)


def in_order(view: str, sort: str) -> str:
    return "changed" if not sort or (view == "solved" and sort in KEYS and sort not in SORTS_OVER) else sort


def by_fields(asked: Asked, values: dict[str, Any], own: Own, after: str | None) -> Page:
    """Lines of the tickets for which the fields' conditions hold, too, in their order. Three statements at most."""
    here = narrowed(select(Ticket.id), asked).whereclause
    nothing: Any = lambda _: []  # noqa: E731
    held = Listing("tickets", Ticket, "", "", nothing, (), "", nothing, always=lambda _: [here], values=values)
    found = reading.page(held, own, after, ROWS)
    wanted = columns(asked.fields).where(Ticket.id.in_([ticket.id for ticket in found.rows]))
    lines = {line.id: line for line in db.session.execute(wanted)}
    return Page([lines[ticket.id] for ticket in found.rows if ticket.id in lines], found.next, found.after)


def count(view: str, viewer: Employee, wanted: str = "", own: Own | None = None, **filters: Any) -> int:
    """How many there are, at most 100. One statement."""
    asked, values = shape(view, viewer, "changed", wanted, filters)
    if own is None or not own.conditions:
        return db.session.scalar(count_of(asked), values) or 0
    lines = narrowed(select(literal(1).label("one")).select_from(Ticket), asked)
    return reading.counted_to(COUNTED_TO, lines, own, values, Ticket)


def shape(view: str, viewer: Employee, sort: str, wanted: str, filters: dict[str, Any],
          fields: bool = False) -> tuple[Asked, dict[str, Any]]:  # fmt: skip
    """What is asked, and the values for it; with `fields` the lines have those of the workspace."""
    chosen, words = {name: value for name, value in filters.items() if value}, wanted.split()[:MOST_WORDS]
    asked = Asked(view, sort, tuple(sorted(chosen)), len(words), viewer.department_id is not None, fields)
    return asked, viewed(viewer) | chosen | looked_for(words)


def viewed(viewer: Employee) -> dict[str, Any]:
    return {"viewer_id": viewer.id, "viewer_department": viewer.department_id}


def looked_for(words: list[str]) -> dict[str, str]:
    return {f"word_{at}": f"%{escaped(word.removeprefix('#'))}%" for at, word in enumerate(words)}


@lru_cache(maxsize=512)
def lines_of(asked: Asked) -> Select[Any]:
    return prepared(narrowed(columns(asked.fields), asked))


@lru_cache(maxsize=512)
def count_of(asked: Asked) -> Select[Any]:
    lines = narrowed(select(literal(1)).select_from(Ticket), asked).limit(COUNTED_TO).subquery()
    return prepared(select(func.count()).select_from(lines))


def narrowed(query: Select[Any], asked: Asked) -> Select[Any]:
    query = in_view(query, asked.view, asked.in_department)
    for name in asked.filters:
        query = query.where(filtered(name))
    for at in range(asked.words):
        query = query.where(Ticket.search.ilike(bindparam(f"word_{at}", type_=String()), escape="\\"))
    return query


def columns(fields: bool = False) -> Select[Any]:
    mine = and_(tag.tenant_id == Ticket.tenant_id, tag.ticket_id == Ticket.id)
    tags = select(func.array_agg(tag.name)).where(mine).correlate(Ticket).scalar_subquery()
    late = and_(Ticket.due_at < func.now(), Ticket.status.in_(OPEN))
    query: Any = select(
        Ticket.id, Ticket.number, Ticket.subject, Ticket.type, Ticket.priority, Ticket.status, Ticket.due_at,
        Ticket.touched_at, Ticket.created_at, rank, due, breaks, tags.label("tags"), late.label("late"),
        Ticket.breaks_at, Ticket.breaks_kind, (Ticket.breaks_at < func.now()).label("broken"),
        func.coalesce(func.nullif(customer.name, ""), customer.email, customer.claimed_email).label("customer"),
        assignee.name.label("assignee"), Department.name.label("department"),
        *([Ticket.custom] if fields else []),
    ).select_from(Ticket)  # fmt: skip
    for entity, id in (
        (customer, Ticket.customer_id),
        (assignee, Ticket.assignee_id),
        (Department, Ticket.department_id),
    ):
        query = query.outerjoin(entity, and_(entity.tenant_id == Ticket.tenant_id, entity.id == id))
    return query


def in_view(query: Select[Any], view: str, in_department: bool) -> Select[Any]:
    if view == "solved":
        return query.where(among(OVER))
    query = query.where(among(OPEN))
    if view == "mine":
        return query.where(Ticket.assignee_id == bindparam("viewer_id", type_=Uuid()))
    if view == "unassigned":
        return query.where(Ticket.assignee_id.is_(None))
    if view == "department" and in_department:
        return query.where(Ticket.department_id == bindparam("viewer_department", type_=Uuid()))
    return query


def among(statuses: tuple[str, ...]) -> Any:
    """Written into the statement: PostgreSQL takes an index of these alone only when it sees that they are these."""
    return Ticket.status.in_(bindparam("_".join(statuses), statuses, expanding=True, literal_execute=True))


def filtered(name: str) -> Any:
    if name == "tag":
        here = and_(TicketTag.tenant_id == Ticket.tenant_id, TicketTag.ticket_id == Ticket.id)
        return select(literal(1)).where(here, TicketTag.name == bindparam("tag", type_=String())).exists()
    if name in ("assignee", "department"):
        return getattr(Ticket, f"{name}_id") == bindparam(name, type_=Uuid())
    return getattr(Ticket, name) == bindparam(name, type_=String())


def as_row(line: Any, shown: Any, known: dict[str, Any]) -> Row:
    told = ((str(column.word), column.show(line, known)) for column in shown)
    return Row(
        id=line.id, number=line.number, subject=line.subject, type=line.type, priority=line.priority,
        status=line.status, due_at=line.due_at, touched_at=line.touched_at, customer=line.customer,
        assignee=line.assignee, department=line.department, tags=tuple(sorted(line.tags or ())), late=bool(line.late),
        breaks_at=line.breaks_at, breaks_kind=line.breaks_kind, broken=bool(line.broken),
        told=tuple((word, text) for word, text in told if text),
    )  # fmt: skip


def counts(viewer: Employee) -> dict[str, int]:
    """{view: how many, at most 100} for the views of what is open, in one statement that reads little."""
    return dict(db.session.execute(counts_for(viewer.department_id is not None), viewed(viewer)).one()._mapping)


@lru_cache(maxsize=2)
def counts_for(in_department: bool) -> Select[Any]:
    def count(view: str) -> Any:
        lines = in_view(select(literal(1)).select_from(Ticket), view, in_department).limit(COUNTED_TO).subquery()
        return select(func.count()).select_from(lines).scalar_subquery().label(view)

    return prepared(select(*(count(view) for view in VIEWS if view != "solved")))
