"""The departments and their order."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select

from ...db import db
from ...events import commit
from ...forms import filled, redraw
from ...web import email, integer, permitted, read, text
from ..models import Department, Employee
from . import bp


@bp.get("/settings/departments")
@permitted("departments.edit")
def departments(errors: dict[str, str] | None = None) -> Any:
    shown = {"departments": Department.open_ones(), "archived": Department.archived_ones(), "counts": employee_counts()}
    return render_template("settings/departments.html", form=filled(name=""), errors=errors, **shown)


@bp.post("/settings/departments")
@permitted("departments.edit")
@redraw(departments)
def create_department() -> Any:
    Department.add(**read(name=text(max=100, lines=False)))
    return saved()


@bp.get("/settings/departments/<uuid:id>")
@permitted("departments.edit")
def edit_department(id: UUID, errors: dict[str, str] | None = None) -> Any:
    department = Department.find(id=id)
    form = filled(name=department.name, address=department.address, signature=department.signature)
    return render_template("settings/department.html", department=department, form=form, errors=errors)


@bp.post("/settings/departments/<uuid:id>")
@permitted("departments.edit")
@redraw(edit_department)
def update_department(id: UUID) -> Any:
    name, address = text(max=100, lines=False), email(optional=True)
    fields = read(name=name, address=address, signature=text(max=2_000, optional=True))
    department = Department.locked(id=id)
    department.rename(fields.pop("name"))
    department.write_as(**fields)
    return saved()


@bp.post("/settings/departments/<uuid:id>/position")
@permitted("departments.edit")
def move_department(id: UUID) -> Any:
    Department.find(id=id, archived_at=None).move_to(read(place=integer(0, 1000))["place"])
    return saved(_("The order is changed."))


@bp.post("/settings/departments/<uuid:id>/archive")
@permitted("departments.edit")
def archive_department(id: UUID) -> Any:
    Department.locked(id=id).archive()
    return saved(_("The department is archived. What it has stays."))


@bp.post("/settings/departments/<uuid:id>/restoration")
@permitted("departments.edit")
def restore_department(id: UUID) -> Any:
    Department.locked(id=id).restore()
    return saved(_("The department is back."))


def employee_counts() -> dict[UUID | None, int]:
    query = select(Employee.department_id, func.count()).where(Employee.deactivated_at.is_(None))
    return {row[0]: row[1] for row in db.session.execute(query.group_by(Employee.department_id))}


def saved(sentence: str | None = None) -> Any:
    commit()
    flash(sentence or _("Saved."), "good")
    return redirect(url_for(".departments"), 303)
