"""When a department works: its hours and breaks, and the days off."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import format_date, get_locale, ngettext
from flask_babel import gettext as _

from ...db import db, now
from ...events import commit, record
from ...forms import filled, redraw
from ...tenancy import current_tenant
from ...web import Invalid, Kind, Unfit, choice, clean, permitted, read, text
from ..calendars import calendar_of
from ..holidays import read_file
from ..hours import open_at, opens_next
from ..intervals import intervals, written
from ..kinds import time_zone, zone_names
from ..models import Department, Holiday
from ..models.holiday import MOST
from . import bp

DAYS = tuple(f"day_{number}" for number in range(7))
USUAL = [[9 * 60, 17 * 60]]


@bp.get("/settings/departments/<uuid:id>/hours")
@permitted("departments.edit")
def edit_hours(id: UUID, errors: dict[str, str] | None = None) -> Any:
    department, calendar = Department.find(id=id), calendar_of(id)
    again = None if open_at(calendar, now()) else opens_next(calendar, now())
    shown = {"department": department, "again": again, "holidays": Holiday.of(id), "is_open": open_at(calendar, now())}
    lists = {"days": day_names(), "zones": zone_names(str(get_locale()))}
    return render_template("settings/hours.html", form=form_of(department), errors=errors, **shown, **lists)


@bp.post("/settings/departments/<uuid:id>/hours")
@permitted("departments.edit")
@redraw(edit_hours)
def update_hours(id: UUID) -> Any:
    fields = read(kept=choice("always", "hours"), time_zone=time_zone(optional=True), breaks=intervals(),
                  **dict.fromkeys(DAYS, intervals()))  # fmt: skip
    hours = {"week": [fields[day] for day in DAYS], "breaks": fields["breaks"]}
    if fields["kept"] == "hours" and not any(hours["week"]):
        raise Invalid({"day_0": _("Write hours for at least one day.")})
    department = Department.locked(id=id)
    department.keep_hours(hours if fields["kept"] == "hours" else None, fields["time_zone"] or "")
    return back(id, _("Saved."))


@bp.post("/settings/departments/<uuid:id>/holidays")
@permitted("departments.edit")
@redraw(edit_hours)
def add_holiday(id: UUID) -> Any:
    fields = read(holiday=text(max=100, lines=False), starts_on=day(), ends_on=day(optional=True))
    first, last = fields["starts_on"], fields["ends_on"] or fields["starts_on"]
    if last < first:
        raise Invalid({"ends_on": _("The last day must not come before the first.")})
    take_over(Department.locked(id=id), [(fields["holiday"], first, last)])
    return back(id, _("Saved."))


@bp.post("/settings/departments/<uuid:id>/holidays/file")
@permitted("departments.edit")
@redraw(edit_hours)
def import_holidays(id: UUID) -> Any:
    department, sent = Department.locked(id=id), request.files.get("calendar")
    if not sent or not sent.filename:
        raise Invalid({"calendar": _("Choose a file first.")})
    found = read_file(sent, now().astimezone(calendar_of(id).zone).date())
    return back(id, told(take_over(department, found.days), found.left_out))


@bp.post("/settings/holidays/<uuid:id>/removal")
@permitted("departments.edit")
def remove_holiday(id: UUID) -> Any:
    holiday = Holiday.find(id=id)
    db.session.delete(holiday)
    record("department.hours_changed", Department.find(id=holiday.department_id))
    return back(holiday.department_id, _("Removed: the department works on that day."))


def take_over(department: Department, days: list[tuple[str, date, date]]) -> int:
    """How many were new. Raises Invalid when it becomes too many."""
    if len(Holiday.of(department.id)) + len(days) > MOST:
        raise Invalid({"calendar": _("At most %(max)d days off can be kept. Remove those that are over.", max=MOST)})
    new = Holiday.take_over(department.id, current_tenant.id, days)
    if new:
        record("department.hours_changed", department)
    return new


def told(new: int, left_out: int) -> str:
    sentence = ngettext("One day off was added.", "%(num)s days off were added.", new)
    if not left_out:
        return sentence
    more = ngettext(
        "One entry was left out: it is no whole day, or repeats in another way than every year.",
        "%(num)s entries were left out: they are no whole days, or repeat in another way than every year.",
        left_out,
    )
    return f"{sentence} {more}"


def form_of(department: Department) -> dict[str, Any]:
    hours = department.hours or {"week": [USUAL] * 5 + [[], []], "breaks": []}
    week = {name: written(spans) for name, spans in zip(DAYS, hours["week"], strict=True)}
    return filled(kept="hours" if department.hours else "always", time_zone=department.time_zone, **week,
                  breaks=written(hours["breaks"]), holiday="", starts_on="", ends_on="")  # fmt: skip


def day_names() -> list[tuple[str, str]]:
    """[(field, Monday)]; 2024 began with a Monday."""
    return [(name, format_date(date(2024, 1, 1 + at), "EEEE")) for at, name in enumerate(DAYS)]


def day(optional: bool = False) -> Kind:
    """A date as a browser's field sends it."""

    def kind(value: Any) -> date | None:
        if optional and value in (None, ""):
            return None
        try:
            chosen = date.fromisoformat(clean(value, 10))
        except ValueError:
            chosen = date.min
        if not 2000 <= chosen.year <= 2200:
            raise Unfit(_("Choose a day."))
        return chosen

    return kind


def back(id: UUID, sentence: str) -> Any:
    commit()
    flash(sentence, "good")
    return redirect(url_for(".edit_hours", id=id), 303)
