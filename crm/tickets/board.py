"""The list of tickets as a page, and the part of it that live pages load again."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from ..accounts.models import Department, Employee
from ..conversations.lists import Face
from ..db import db, prepared
from ..web import choice, permitted, read_query, text, uuid
from . import lists
from .blueprint import bp
from .models import PRIORITIES, STATUSES, TYPES, SavedView


@bp.get("/tickets")
@permitted("tickets.read")
def index() -> Any:
    return render_template("tickets/list.html", **listing())


@bp.get("/tickets/list")
@permitted("tickets.read")
def index_rows() -> Any:
    return render_template("tickets/_rows.html", **listing())


def listing() -> dict[str, Any]:
    """What the list needs: `asked` is what stands in the address."""
    asked = asked_of()
    filters = filters_of(asked)
    view, sort = asked["view"] or "mine", asked["sort"] or "changed"
    found = lists.tickets(view, current_user, sort, asked["q"], **filters)
    shown = {"asked": asked, "view": view, "sort": sort, "filtered": any(filters.values())}
    saved = SavedView.seen_by(current_user)
    return {"page": found, "counts": lists.counts(current_user), "saved": saved, **shown, **people()}


ASKED = {
    "saved": uuid(optional=True), "view": choice(*lists.VIEWS, optional=True),
    "sort": choice(*lists.SORTS, optional=True), "q": text(optional=True), "status": choice(*STATUSES, optional=True),
    "priority": choice(*PRIORITIES, optional=True), "type": choice(*TYPES, optional=True),
    "tag": text(max=40, optional=True, lines=False), "assignee": uuid(optional=True), "department": uuid(optional=True),
}  # fmt: skip


def asked_of(kept: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the address asks of the list, or what was kept of one. Raises Invalid."""
    if kept is None:
        return read_query(**ASKED)
    return {name: kind(kept.get(name)) for name, kind in ASKED.items()}


def filters_of(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in lists.FILTERS} | {"tag": asked["tag"].lower()}


EMPLOYEES = select(
    func.jsonb_agg(
        aggregate_order_by(
            func.jsonb_build_object("id", Employee.id, "name", Employee.name, "email", Employee.email),
            Employee.name,
            Employee.id,
        )
    )
).where(Employee.deactivated_at.is_(None))
DEPARTMENTS = select(
    func.jsonb_agg(
        aggregate_order_by(
            func.jsonb_build_object("id", Department.id, "name", Department.name), Department.position, Department.id
        )
    )
).where(Department.archived_at.is_(None))
PEOPLE = prepared(
    select(EMPLOYEES.scalar_subquery().label("employees"), DEPARTMENTS.scalar_subquery().label("departments"))
)


@dataclass(frozen=True)
class Place:
    id: UUID
    name: str


def people() -> dict[str, Any]:
    """To whom a ticket may go: employees as faces, departments by id and name. One statement."""
    line = db.session.execute(PEOPLE).one()
    faces = [Face(UUID(one["id"]), one["name"], one["email"]) for one in line.employees or ()]
    return {"employees": faces, "departments": [Place(UUID(one["id"]), one["name"]) for one in line.departments or ()]}


def employees() -> list[Employee]:
    query = db.select(Employee).where(Employee.deactivated_at.is_(None)).order_by(Employee.name, Employee.id)
    return list(db.session.scalars(query).all())
