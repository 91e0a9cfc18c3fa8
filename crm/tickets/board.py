"""The list of tickets as a page, and the part of it that live pages load again."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from ..accounts.models import Department, Employee
from ..conversations.lists import Face
from ..customers.fields.columns import PREFIX
from ..db import db, prepared
from ..listing.asked import Asked
from ..listing.columns import Column
from ..listing.drafts import drafts_of
from ..listing.pages import piece_page
from ..paging import Page
from ..web import Invalid, choice, permitted, read_query, text, uuid, wants_fragment, wants_json
from . import lists
from .asking import order, own_columns, own_of
from .blueprint import bp
from .models import PRIORITIES, STATUSES, TYPES, SavedView


@bp.get("/tickets")
@permitted("tickets.read")
def index() -> Any:
    shown = listing()
    return render_template("tickets/list.html", **shown), 422 if shown["refusal"] else 200


@bp.get("/tickets/list")
@permitted("tickets.read")
def index_rows() -> Any:
    return render_template("tickets/_rows.html", **listing())


@bp.get("/tickets/list/filter")
@permitted("tickets.read")
def filter_piece() -> Any:
    return piece_page(own_columns(current_user), request.script_root + "/tickets")


def listing() -> dict[str, Any]:
    """What the list needs: `asked` is what stands in the address, `own` what it asks of the workspace's own fields."""
    asked, fields = asked_of(), own_columns(current_user)
    filters, view, sort = filters_of(asked), asked["view"] or "mine", asked["sort"] or "changed"
    own, refusal = asked_of_fields(view, sort, fields)
    after = read_query(after=text(max=2_000, optional=True))["after"] or None
    found = lists.tickets(view, current_user, sort, asked["q"], own, after, **filters) if own else NOTHING
    shown = {"asked": asked, "view": view, "sort": sort, "own": own, "refusal": refusal, "fields": fields}
    shown |= {
        "filtered": any(filters.values()) or bool(own and own.conditions),
        "drafts": drafts_of(request.args, fields),
    }
    saved = views_of(current_user, fields)
    return {"page": found, "counts": lists.counts(current_user), "saved": saved, **shown, **people()}


def asked_of_fields(view: str, sort: str, fields: list[Column]) -> tuple[Asked | None, str]:
    """What the address asks of the workspace's own fields, or why that cannot be asked."""
    try:
        return own_of(request.args, view, sort, fields), ""
    except Invalid as invalid:
        if wants_json() or wants_fragment():
            raise
        return None, invalid.description or ""


def views_of(viewer: Employee, fields: list[Column]) -> list[SavedView]:
    """Their own, and the shared ones of fields that they may see: what a view asks may be as much as an answer."""
    seen = {column.key for column in fields}
    asked = {view: {key for key in view.columns if key.startswith(PREFIX)} for view in SavedView.seen_by(viewer)}
    return [view for view, keys in asked.items() if view.owner_id == viewer.id or keys <= seen]


NOTHING = Page([], None, None)
ASKED = {
    "saved": uuid(optional=True), "view": choice(*lists.VIEWS, optional=True), "sort": order, "q": text(optional=True),
    "status": choice(*STATUSES, optional=True), "priority": choice(*PRIORITIES, optional=True),
    "type": choice(*TYPES, optional=True), "tag": text(max=40, optional=True, lines=False),
    "assignee": uuid(optional=True), "department": uuid(optional=True),
}  # fmt: skip


def asked_of(kept: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the address asks of the list, or what was kept of one, but for the workspace's own fields. Raises Invalid."""
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
