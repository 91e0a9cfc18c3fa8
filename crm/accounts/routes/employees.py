"""Who works here, and what they may do."""

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ...events import commit
from ...forms import filled, redraw
from ...paging import page
from ...registry import figures_of, panels_of
from ...web import choice, permitted, read, uuid
from ..invitations import given_department, given_role, open_invitations
from ..models import Department, Employee
from ..permissions import ROLES, roles_up_to
from . import bp


@bp.get("/employees")
@permitted("employees.read")
def employees() -> Any:
    gone = "deactivated" in request.args
    here = Employee.deactivated_at.is_not(None) if gone else Employee.deactivated_at.is_(None)
    query = select(Employee).where(here).options(joinedload(Employee.department))
    found = page(query, Employee.name, Employee.id, descending=False)
    ratings = figures_of("employee", "stars", [person.id for person in found.rows])
    invited = open_invitations() if current_user.may("employees.invite") and not gone else []
    shown = {"page": found, "ratings": ratings, "invitations": invited, "roles": ROLES, "gone": gone}
    return render_template("accounts/employees.html", **shown)


@bp.get("/employees/<uuid:id>")
@permitted("employees.read")
def employee(id: UUID, errors: dict[str, str] | None = None) -> Any:
    person = Employee.find(id=id)
    average, count = figures_of("employee", "stars", [id]).get(id, (None, 0))
    shown = {"person": person, "average": average, "count": count, "panels": panels_of("employee", person)}
    return render_template("accounts/employee.html", errors=errors, **shown, **choices_for(person))


def choices_for(person: Employee) -> dict[str, Any]:
    may_edit = current_user.governs(person)
    lists = {"roles": roles_up_to(current_user.role), "departments": Department.open_ones()} if may_edit else {}
    form = filled(role=person.role, department_id=person.department_id)
    return {"may_edit": may_edit, "role_name": ROLES[person.role or "agent"], "form": form, **lists}


@bp.post("/employees/<uuid:id>")
@permitted("employees.edit")
@redraw(employee)
def update_employee(id: UUID) -> Any:
    person = governed(id)
    fields = read(role=choice(*ROLES), department_id=uuid(optional=True))
    person.change_role(given_role(current_user, fields["role"]))
    person.move(given_department(fields["department_id"]))
    commit()
    flash(_("Saved."), "good")
    return redirect(url_for(".employee", id=id), 303)


@bp.post("/employees/<uuid:id>/deactivation")
@permitted("employees.edit")
def deactivate(id: UUID) -> Any:
    person = governed(id)
    person.deactivate(by=current_user)
    commit()
    flash(_("%(name)s is signed out everywhere and cannot come back in.", name=person.shown_name), "good")
    return redirect(url_for(".employee", id=id), 303)


@bp.post("/employees/<uuid:id>/reactivation")
@permitted("employees.edit")
def reactivate(id: UUID) -> Any:
    person = governed(id)
    person.reactivate()
    commit()
    flash(_("%(name)s can sign in again.", name=person.shown_name), "good")
    return redirect(url_for(".employee", id=id), 303)


def governed(id: UUID) -> Employee:
    """The employee, locked, when this viewer may change them: 404 for nobody here, 403 for somebody above."""
    person = Employee.locked(id=id)
    if not current_user.governs(person):
        abort(403)
    return person
