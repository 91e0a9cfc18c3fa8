"""The calendar of a department, from its row and its holidays. Without hours it is always open, and no holiday is read."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from ..db import db
from ..tenancy import current_tenant
from .hours import Calendar, merged, without
from .models import Department, Holiday


def calendar_of(department_id: UUID | None) -> Calendar:
    """Of this department; always open for none. Costs nothing for a department without hours that is in hand already."""
    key = (current_tenant.id, department_id)
    department = db.session.get(Department, key) if department_id else None
    if department is None or department.hours is None:
        return Calendar(current_tenant.zone)
    days = tuple((one.starts_on, one.ends_on) for one in Holiday.of(department.id))
    return Calendar(ZoneInfo(department.time_zone or current_tenant.time_zone), week_of(department.hours), days)


def week_of(hours: dict[str, Any]) -> tuple[tuple[tuple[int, int], ...], ...]:
    """The open intervals of each day, its breaks taken out, from {week: seven lists of [from, to], breaks: the same}."""
    breaks = tuple((start, end) for start, end in hours["breaks"])
    return tuple(without(merged([(start, end) for start, end in day]), breaks) for day in hours["week"])
