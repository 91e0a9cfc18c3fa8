"""A visitor asks to be called: at which number, and when; it becomes a call to make (crm/conversations/tasks.py)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any
from uuid import UUID

import phonenumbers
from babel.dates import format_skeleton, format_time, get_timezone_location
from flask import g, render_template
from flask_babel import get_locale
from flask_babel import gettext as _

from ..accounts.calendars import calendar_of
from ..accounts.hours import spans
from ..conversations.models import Task
from ..conversations.models.task import soon
from ..customers.kinds import phone
from ..db import now
from ..events import commit
from ..extensions import limiter
from ..web import Kind, Unfit, clean, read, text
from . import views
from .limits import address, limited
from .widget import bp

# When nobody has said when they work.
OFFICE = tuple([((9 * 60, 18 * 60),)] * 5 + [()] * 2)
LONG, LEAST = timedelta(hours=2), timedelta(minutes=30)
OFFERED, DAYS = 16, timedelta(days=7)
PREMIUM = (phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST)


@bp.get("/my/callbacks")
@limited("30 per minute")
def callback_form() -> Any:
    times = named(slots(views.department()))
    return render_template("widget/_callback_form.html", viewer=g.visitor.customer, times=times, clock=clock_of())


@bp.post("/my/callbacks")
@limiter.limit("6 per hour; 20 per day", key_func=address)
@limited("4 per hour", "300 per hour")
def ask_for_call() -> Any:
    department_id, line = views.department(), text(max=200, optional=True, lines=False)
    kinds = {"number": callable_number(), "when": when(department_id), "note": text(max=500, optional=True)}
    fields = read(**kinds, name=line)
    customer, asked = g.visitor.customer_or_new(fields.pop("name")), fields.pop("when")
    task = Task.ask(customer, due_at=asked or soon(department_id), department_id=department_id, **fields)
    commit()
    return render_template("widget/_callback_asked.html", task=task, when=name_of(asked) if asked else "")


def callable_number() -> Kind:
    """A number that exists and costs no more than others: who calls it pays."""

    def kind(value: Any) -> str:
        number = phone()(value)
        if number is None:
            raise Unfit(_("Write the number with its country, such as +49 30 901820."))
        parsed = phonenumbers.parse(number)
        if not phonenumbers.is_valid_number(parsed) or phonenumbers.number_type(parsed) in PREMIUM:
            raise Unfit(_("We cannot call this number. Give another one."))
        return number

    return kind


def when(department_id: UUID | None) -> Kind:
    """The beginning of one of the offered spans; None for as soon as possible."""

    def kind(value: Any) -> datetime | None:
        chosen = clean(value or "", 40)
        if not chosen:
            return None
        offered = {start.isoformat(): start for start, _end in slots(department_id)}
        if chosen not in offered:
            raise Unfit(_("This time is no longer free to choose. Choose another."))
        return offered[chosen]

    return kind


def slots(department_id: UUID | None) -> list[tuple[datetime, datetime]]:
    """The next spans in which the department works, cut into two hours each."""
    calendar = calendar_of(department_id)
    calendar = calendar if calendar.week is not None else replace(calendar, week=OFFICE)
    until = now() + DAYS
    ahead = takewhile(lambda span: span[0] < until, spans(calendar, now()))
    return list(islice((piece for span in ahead for piece in cut(*span)), OFFERED))


def cut(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Those that have not begun yet."""
    while end - start >= LEAST:
        if start > now():
            yield start, min(start + LONG, end)
        start += LONG


def named(found: list[tuple[datetime, datetime]]) -> list[tuple[str, str]]:
    """[(value, words)]: the day and both times, by the tenant's clock."""
    zone, language = g.tenant.zone, get_locale()
    return [(start.isoformat(), f"{name_of(start)}–{format_time(end.astimezone(zone), 'short', locale=language)}")
            for start, end in found]  # fmt: skip


def name_of(moment: datetime) -> str:
    there, language = moment.astimezone(g.tenant.zone), get_locale()
    return f"{format_skeleton('MMMEd', there, locale=language)}, {format_time(there, 'short', locale=language)}"


def clock_of() -> str:
    """Whose clock it is, as a place: Berlin."""
    return get_timezone_location(g.tenant.zone, locale=get_locale(), return_city=True)
