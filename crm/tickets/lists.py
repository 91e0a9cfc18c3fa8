"""The list of tickets: views, filters and orders. Its statements are made once for each shape of what is asked."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, Uuid, and_, bindparam, case, func, literal, select
from sqlalchemy.orm import aliased

from ..accounts.models import Department, Employee
from ..customers.models import Customer
from ..db import db, prepared
from ..finding import MOST_WORDS, escaped
from ..paging import Page, page
from .models import OPEN, PRIORITIES, Ticket, TicketTag
from .models.ticket import OVER

VIEWS = ("mine", "department", "unassigned", "open", "solved")
FILTERS = ("status", "priority", "type", "tag", "assignee", "department")
SORTS = ("changed", "created", "priority", "due", "breaks")
SORTS_OVER = ("changed", "created")  # what is over is neither urgent nor due any more
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


@dataclass(frozen=True)
class Row:
    """A line of the list of tickets; `customer` and `assignee` are names, `tags` words in their order."""

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


def tickets(view: str, viewer: Employee, sort: str = "changed", wanted: str = "", **filters: Any) -> Page:
    """One page of rows; `filters` of FILTERS, those without a value ask nothing. One statement."""
    sort = sort if view != "solved" or sort in SORTS_OVER else "changed"
    asked, values = shape(view, viewer, sort, wanted, filters)
    found = page(lines_of(asked), KEYS[sort], Ticket.id, size=ROWS, descending=sort not in ("due", "breaks"), scalars=False,
                 values=values)  # fmt: skip
    return Page([as_row(line) for line in found.rows], found.next, found.after)


def count(view: str, viewer: Employee, wanted: str = "", **filters: Any) -> int:
    """How many there are, at most 100. One statement."""
    asked, values = shape(view, viewer, "changed", wanted, filters)
    return db.session.scalar(count_of(asked), values) or 0


def shape(view: str, viewer: Employee, sort: str, wanted: str, filters: dict[str, Any]) -> tuple[Asked, dict[str, Any]]:
    """What is asked, and the values for it."""
    chosen, words = {name: value for name, value in filters.items() if value}, wanted.split()[:MOST_WORDS]
    asked = Asked(view, sort, tuple(sorted(chosen)), len(words), viewer.department_id is not None)
    return asked, viewed(viewer) | chosen | looked_for(words)


def viewed(viewer: Employee) -> dict[str, Any]:
    return {"viewer_id": viewer.id, "viewer_department": viewer.department_id}


def looked_for(words: list[str]) -> dict[str, str]:
    return {f"word_{at}": f"%{escaped(word.removeprefix('#'))}%" for at, word in enumerate(words)}


@lru_cache(maxsize=512)
def lines_of(asked: Asked) -> Select[Any]:
    return prepared(narrowed(columns(), asked))


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


def columns() -> Select[Any]:
    mine = and_(tag.tenant_id == Ticket.tenant_id, tag.ticket_id == Ticket.id)
    tags = select(func.array_agg(tag.name)).where(mine).correlate(Ticket).scalar_subquery()
    late = and_(Ticket.due_at < func.now(), Ticket.status.in_(OPEN))
    query: Any = select(
        Ticket.id, Ticket.number, Ticket.subject, Ticket.type, Ticket.priority, Ticket.status, Ticket.due_at,
        Ticket.touched_at, Ticket.created_at, rank, due, breaks, tags.label("tags"), late.label("late"),
        Ticket.breaks_at, Ticket.breaks_kind, (Ticket.breaks_at < func.now()).label("broken"),
        func.coalesce(func.nullif(customer.name, ""), customer.email, customer.claimed_email).label("customer"),
        assignee.name.label("assignee"), Department.name.label("department"),
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


def as_row(line: Any) -> Row:
    return Row(
        id=line.id, number=line.number, subject=line.subject, type=line.type, priority=line.priority,
        status=line.status, due_at=line.due_at, touched_at=line.touched_at, customer=line.customer,
        assignee=line.assignee, department=line.department, tags=tuple(sorted(line.tags or ())), late=bool(line.late),
        breaks_at=line.breaks_at, breaks_kind=line.breaks_kind, broken=bool(line.broken),
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
