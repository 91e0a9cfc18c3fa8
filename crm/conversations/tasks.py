"""Calls to make: whose, by when, and why; taken, handed on, done."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import func, literal, or_, select
from sqlalchemy.orm import joinedload

from .. import realtime
from ..accounts.kinds import moment
from ..accounts.models import Employee
from ..customers.models import Customer
from ..db import db, now
from ..events import Event, commit, later
from ..events import now as at_once
from ..paging import Page, page
from ..registry import glimpse, panel
from ..web import choice, permitted, read, read_query, text, uuid
from .blueprint import bp
from .lists import COUNTED_TO
from .models import Task
from .topics import employee, inbox

VIEWS = ("mine", "all", "done")


@bp.get("/tasks")
@permitted("conversations.read")
def tasks() -> Any:
    return render_template("conversations/tasks.html", **listing())


@bp.get("/tasks/list")
@permitted("conversations.read")
def task_list() -> Any:
    return render_template("conversations/_tasks.html", **listing())


@bp.post("/tasks/<uuid:id>/taking")
@permitted("conversations.reply")
def take_task(id: UUID) -> Any:
    Task.locked(id=id).take(current_user)
    return done()


@bp.post("/tasks/<uuid:id>/owner")
@permitted("conversations.reply")
def give_task(id: UUID) -> Any:
    """To a colleague."""
    to = read(owner_id=uuid())["owner_id"]
    Task.locked(id=id).give(Employee.find(id=to, deactivated_at=None))
    return done()


@bp.post("/tasks/<uuid:id>/due")
@permitted("conversations.reply")
def plan_task(id: UUID) -> Any:
    Task.locked(id=id).plan(**read(due_at=moment(required=True)))
    return done()


@bp.post("/tasks/<uuid:id>/completion")
@permitted("conversations.reply")
def finish_task(id: UUID) -> Any:
    Task.locked(id=id).finish(current_user, **read(note=text(max=2_000, optional=True)))
    return done()


def done() -> Any:
    commit()
    return redirect(f"{url_for('.tasks')}?{request.query_string.decode()}".rstrip("?"), 303)


def listing() -> dict[str, Any]:
    view = read_query(view=choice(*VIEWS, optional=True))["view"] or "mine"
    query = db.select(Employee).where(Employee.deactivated_at.is_(None)).order_by(Employee.name, Employee.id)
    colleagues = db.session.scalars(query).all() if view != "done" else []
    return {"view": view, "page": seen(view), "now": now(), "employees": colleagues}


def seen(view: str) -> Page:
    people = (
        joinedload(Task.customer),
        joinedload(Task.owner),
        joinedload(Task.department),
        joinedload(Task.conversation),
    )
    query = select(Task).options(*people)
    if view == "done":
        return page(query.where(Task.done_at.is_not(None)), Task.done_at, Task.id)
    query = query.where(Task.done_at.is_(None), *((for_viewer(current_user),) if view == "mine" else ()))
    return page(query, Task.due_at, Task.id, descending=False)


def for_viewer(viewer: Employee) -> Any:
    """Theirs, and what is nobody's yet in the department that they serve; who has none serves all."""
    anybody: Any = Task.owner_id.is_(None)
    if viewer.department_id:
        anybody = anybody & or_(Task.department_id.is_(None), Task.department_id == viewer.department_id)
    return or_(Task.owner_id == viewer.id, anybody)


def waiting_for(viewer: Employee) -> int:
    """How many, at most 100."""
    lines = select(literal(1)).select_from(Task).where(Task.done_at.is_(None), for_viewer(viewer)).limit(COUNTED_TO)
    return db.session.scalar(select(func.count()).select_from(lines.subquery())) or 0


@glimpse("customer", "calls")
def calls_to_make(id: Any) -> Any:
    return (
        select(func.count()).select_from(Task).where(Task.customer_id == id, Task.done_at.is_(None)).scalar_subquery()
    )


@panel("customer_work")
def tasks_panel(customer: Customer) -> str | None:
    if not customer.glimpsed.get("calls"):
        return None
    query = Task.waiting(Task.customer_id == customer.id).options(joinedload(Task.owner), joinedload(Task.conversation))
    found = db.session.scalars(query.limit(20)).all()
    return render_template("conversations/_tasks_panel.html", tasks=found, now=now()) if found else None


@at_once("task.opened", "task.changed", "task.taken", "task.done")
def show_task(happened: Any) -> None:
    task: Task = happened.subject
    realtime.refresh(inbox(task.tenant_id), "calls", "tasks")
    if task.conversation:
        realtime.refresh(inbox(task.tenant_id), "list")
        realtime.refresh(task.conversation.topic, "header", "composer", "panel")


@at_once("task.opened", "task.taken")
def tell_owner(happened: Any) -> None:
    task: Task = happened.subject
    if task.owner_id and task.owner_id != happened.actor_id:
        number = task.conversation.number if task.conversation else None
        realtime.signal(employee(task.tenant_id, task.owner_id), "assigned", number=number)


@later("conversation.closed")
def finish_with_conversation(event: Event) -> None:
    """Whoever closes the conversation of a missed call says that nothing is to be done any more."""
    by = Employee.first(id=event.actor_id) if event.actor_id else None
    for task in db.session.scalars(Task.waiting(Task.conversation_id == event.subject_id)).all():
        task.finish(by)
