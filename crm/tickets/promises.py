"""Settings: what is promised to whom, and whom a department tells before a promise breaks."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ..accounts.models import Department, Employee
from ..customers.models import Customer
from ..db import db
from ..events import commit
from ..forms import filled, redraw
from ..registry import panel
from ..web import Invalid, choice, email, integer, permitted, read, uuid
from .blueprint import bp
from .board import employees
from .models import PRIORITIES, EscalationStep, SlaPolicy
from .models.escalation import WHOM
from .models.policy import KINDS
from .promise_words import WHOM_WORDS

LONGEST = 60 * 24 * 90  # minutes of open time
MOST_STEPS = 20


@bp.get("/settings/promises")
@permitted("settings.edit")
def promises(errors: dict[str, str] | None = None) -> Any:
    form = filled(priority="", customer="", **{f"{kind}_minutes": "" for kind in KINDS})
    return render_template("settings/promises.html", policies=SlaPolicy.all(), policy=None, form=form, errors=errors)


@bp.post("/settings/promises")
@permitted("settings.edit")
@redraw(promises)
def create_promise() -> Any:
    SlaPolicy().write(**promised())
    return saved()


@bp.get("/settings/promises/<uuid:id>")
@permitted("settings.edit")
def promise(id: UUID, errors: dict[str, str] | None = None) -> Any:
    policy = SlaPolicy.find(id=id)
    times = {f"{kind}_minutes": getattr(policy, f"{kind}_minutes") for kind in KINDS}
    who = policy.customer.contact_email if policy.customer else ""
    form = filled(priority=policy.priority or "", customer=who, **times)
    return render_template("settings/promises.html", policies=[], policy=policy, form=form, errors=errors)


@bp.post("/settings/promises/<uuid:id>")
@permitted("settings.edit")
@redraw(promise)
def update_promise(id: UUID) -> Any:
    SlaPolicy.locked(id=id).write(**promised())
    return saved()


@bp.post("/settings/promises/<uuid:id>/removal")
@permitted("settings.edit")
def remove_promise(id: UUID) -> Any:
    db.session.delete(SlaPolicy.find(id=id))
    return saved(_("Removed. Tickets that have this promise keep it."))


def promised() -> dict[str, Any]:
    """The form's fields. Raises Invalid when nothing is promised, and for a customer whom nobody knows."""
    minutes = {f"{kind}_minutes": integer(1, LONGEST, optional=True) for kind in KINDS}
    fields = read(priority=choice(*PRIORITIES, optional=True), customer=email(optional=True), **minutes)
    if not any(fields[name] for name in minutes):
        raise Invalid({"first_minutes": _("Promise at least one of the three times.")})
    address = fields.pop("customer")
    customer = Customer.first(email=address) if address else None
    if address and customer is None:
        raise Invalid({"customer": _("No customer has this address. Look for it on their page.")})
    return {**fields, "customer_id": customer.id if customer else None}


@panel("department")
def ladder_panel(department: Department) -> str:
    steps = EscalationStep.of(department.id)
    shown = {"department": department, "steps": steps, "whom": WHOM_WORDS}
    return render_template("settings/_ladder_panel.html", **shown)


@bp.get("/settings/departments/<uuid:id>/ladder")
@permitted("departments.edit")
def edit_ladder(id: UUID, errors: dict[str, str] | None = None) -> Any:
    shown = {"department": Department.find(id=id), "steps": EscalationStep.of(id), "whom": WHOM_WORDS}
    form = filled(after_minutes="", whom="assignee", person_id="")
    return render_template("settings/ladder.html", form=form, errors=errors, employees=employees(), **shown)


@bp.post("/settings/departments/<uuid:id>/ladder")
@permitted("departments.edit")
@redraw(edit_ladder)
def add_step(id: UUID) -> Any:
    fields = read(after_minutes=integer(0, LONGEST), whom=choice(*WHOM), person_id=uuid(optional=True))
    if len(EscalationStep.of(Department.locked(id=id).id)) >= MOST_STEPS:
        raise Invalid({"after_minutes": _("A ladder has at most %(max)d steps.", max=MOST_STEPS)})
    EscalationStep(department_id=id, **stepped(**fields)).save()
    return back(id)


@bp.post("/settings/steps/<uuid:id>/removal")
@permitted("departments.edit")
def remove_step(id: UUID) -> Any:
    step = EscalationStep.find(id=id)
    db.session.delete(step)
    return back(step.department_id)


def stepped(whom: str, person_id: UUID | None, after_minutes: int) -> dict[str, Any]:
    if whom != "person":
        person_id = None
    elif person_id is None or Employee.first(id=person_id, deactivated_at=None) is None:
        raise Invalid({"person_id": _("Choose who is told.")})
    return {"whom": whom, "person_id": person_id, "after_minutes": after_minutes}


def back(id: UUID) -> Any:
    commit()
    flash(_("Saved."), "good")
    return redirect(url_for(".edit_ladder", id=id), 303)


def saved(sentence: str | None = None) -> Any:
    commit()
    flash(sentence or _("Saved."), "good")
    return redirect(url_for(".promises"), 303)
