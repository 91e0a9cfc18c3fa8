"""Settings: how a department gives out what waits, and what each employee can."""

import re
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ..accounts.kinds import language_names
from ..accounts.models import Department, Employee
from ..events import commit
from ..forms import filled, redraw
from ..locale import LANGUAGES
from ..registry import panel
from ..tenancy import current_tenant
from ..web import Invalid, Kind, Unfit, checkbox, choice, choices, clean, integer, permitted, read, uuid
from .blueprint import bp
from .models import Ability, Routing
from .models.routing import WAYS

MOST_SKILLS = 20
LONGEST_WAIT = 60 * 24 * 7


@panel("department")
def routing_link(department: Department) -> str:
    return render_template("settings/_routing_panel.html", department=department)


@bp.get("/settings/departments/<uuid:id>/routing")
@permitted("departments.edit")
def edit_routing(id: UUID, errors: dict[str, str] | None = None) -> Any:
    department, rule = Department.find(id=id), Routing.of(id)
    form = filled(way=rule.way, previous_first=rule.previous_first, by_language=rule.by_language,
                  skills=written(rule.skills), overflow_minutes=rule.overflow_minutes,
                  overflow_to_id=rule.overflow_to_id, ladder_minutes=rule.ladder_minutes)  # fmt: skip
    others = [one for one in Department.open_ones() if one.id != id]
    return render_template("settings/routing.html", department=department, others=others, form=form, errors=errors)


@bp.post("/settings/departments/<uuid:id>/routing")
@permitted("departments.edit")
@redraw(edit_routing)
def update_routing(id: UUID) -> Any:
    fields = read(way=choice(*WAYS), previous_first=checkbox(), by_language=checkbox(), skills=words_of_skills(),
                  overflow_minutes=integer(1, LONGEST_WAIT, optional=True), overflow_to_id=uuid(optional=True),
                  ladder_minutes=integer(1, LONGEST_WAIT, optional=True))  # fmt: skip
    guard_overflow(id, fields["overflow_minutes"], fields["overflow_to_id"])
    Routing.of(Department.locked(id=id).id).write(**fields)
    commit()
    flash(_("Saved."), "good")
    return redirect(url_for(".edit_routing", id=id), 303)


def guard_overflow(id: UUID, minutes: int | None, there: UUID | None) -> None:
    """Raises Invalid for half of it, and for itself."""
    if bool(minutes) != bool(there):
        raise Invalid({"overflow_minutes": _("Give the minutes and the other department, or neither.")})
    if there and (there == id or Department.first(id=there, archived_at=None) is None):
        raise Invalid({"overflow_to_id": _("Choose another department.")})


@panel("employee")
def ability_panel(person: Employee) -> str | None:
    if not current_user.governs(person) and current_user.id != person.id:
        return None
    ability = Ability.of([person.id])[person.id]
    shown = {"may_edit": current_user.governs(person), "languages": language_names()}
    return render_template("conversations/_ability_panel.html", person=person, ability=ability, **shown)


@bp.post("/employees/<uuid:id>/abilities")
@permitted("employees.edit")
def update_abilities(id: UUID) -> Any:
    person = Employee.locked(id=id)
    if not current_user.governs(person):
        abort(403)
    fields = read(capacity=integer(1, 100), languages=choices(*LANGUAGES), skills=names())
    Ability.write(person.id, current_tenant.id, **fields)
    commit()
    flash(_("Saved."), "good")
    return redirect(url_for("accounts.employee", id=id), 303)


def names() -> Kind:
    """Words between commas, in small letters, each once."""

    def kind(value: Any) -> list[str]:
        found = list(
            dict.fromkeys(part.strip().lower() for part in clean(value or "", 1_000).split(",") if part.strip())
        )
        if len(found) > MOST_SKILLS or any(len(name) > 40 or not name.isprintable() for name in found):
            raise Unfit(_("Write at most %(max)d words of at most 40 letters, with commas between.", max=MOST_SKILLS))
        return found

    return kind


def words_of_skills() -> Kind:
    """{skill: words} from lines such as `billing: invoice, refund`."""

    def kind(value: Any) -> dict[str, list[str]]:
        lines = [line.partition(":") for line in clean(value or "", 4_000).splitlines() if line.strip()]
        found = {skill.strip().lower(): names()(words) for skill, _colon, words in lines}
        if len(found) > MOST_SKILLS or not all(
            re.fullmatch(r"[^,:]{1,40}", skill) and words for skill, words in found.items()
        ):
            raise Unfit(_("Write lines such as: billing: invoice, refund"))
        return found

    return kind


def written(skills: dict[str, list[str]]) -> str:
    return "\n".join(f"{skill}: {', '.join(words)}" for skill, words in skills.items())
