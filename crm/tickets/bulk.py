"""One change to many tickets: to all of them, or to none with a sentence that says why."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from ..accounts.models import Employee
from ..db import db, end_reading
from ..events import commit
from ..web import (
    Invalid,
    Refused,
    Unfit,
    choice,
    clean,
    integer,
    permitted,
    read,
    text,
    uuid,
    wants_fragment,
    wants_json,
)
from .blueprint import bp
from .board import listing
from .models import PRIORITIES, STATUSES, Ticket

MOST = 100


def numbers() -> Any:
    """The chosen tickets' numbers, each once; at least one and at most 100."""

    def kind(values: Any) -> list[int]:
        if not isinstance(values, list) or not 0 < len(values) <= MOST:
            raise Unfit(_("Choose from 1 to %(max)d tickets first.", max=MOST))
        one = integer(1, 2**31 - 1)
        return sorted({int(one(clean(str(value), 20))) for value in values})

    kind.several = True  # type: ignore[attr-defined]
    return kind


def beside_the_list(route: Callable[..., Any]) -> Callable[..., Any]:
    """What was refused is said above the list, where everything that was ticked or typed still is."""

    @wraps(route)
    def guarded(**arguments: Any) -> Any:
        try:
            return route(**arguments)
        except (Invalid, Refused) as refused:
            if wants_json() or wants_fragment():
                raise
            end_reading()
            chosen = [int(one) for one in request.form.getlist("number") if one.isdecimal() and len(one) < 11]
            shown = listing() | {"refusal": refused.description, "chosen": chosen}
            return render_template("tickets/list.html", **shown), refused.code

    return guarded


@bp.post("/tickets")
@permitted("tickets.edit")
@beside_the_list
def change_many() -> Any:
    """Assign, move, rank or tag several; `back` is the list's own query, kept."""
    fields = read(number=numbers(), action=choice(*ACTIONS))
    apply(locked(fields["number"]), ACTIONS[fields["action"]]())
    commit()
    n = len(fields["number"])
    flash(ngettext("One ticket was changed.", "%(num)s tickets were changed.", n), "good")
    return redirect(f"{url_for('.index')}?{request.query_string.decode()}", 303)


def locked(wanted: list[int]) -> list[Ticket]:
    """All of them, under their locks, taken in the order of their ids. Raises Refused when one is not there."""
    query = select(Ticket).where(Ticket.number.in_(wanted)).order_by(Ticket.id)
    query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = list(db.session.scalars(query).all())
    for missing in sorted(set(wanted) - {ticket.number for ticket in found}):
        raise Refused(_("Nothing was changed: there is no ticket #%(number)d.", number=missing))
    return found


def apply(tickets: list[Ticket], verb: Callable[[Ticket], None]) -> None:
    """Raises Refused that names the first ticket which does not allow it; nothing is committed then."""
    for ticket in tickets:
        try:
            verb(ticket)
        except Refused as refused:
            why = {"number": ticket.number, "why": refused.description}
            raise Refused(_("Nothing was changed, because of ticket #%(number)d: %(why)s", **why)) from None


def assigning() -> Callable[[Ticket], None]:
    id = read(assignee_id=uuid(optional=True))["assignee_id"]
    employee = Employee.find(id=id, deactivated_at=None) if id else None
    return lambda ticket: ticket.assign(employee)


def moving() -> Callable[[Ticket], None]:
    status = read(status=choice(*STATUSES))["status"]
    return lambda ticket: ticket.set_status(status)


def ranking() -> Callable[[Ticket], None]:
    priority = read(priority=choice(*PRIORITIES))["priority"]
    return lambda ticket: ticket.change("priority", priority)


def tagging() -> Callable[[Ticket], None]:
    name = read(tag=text(max=40, lines=False))["tag"]
    return lambda ticket: ticket.tag(name)


ACTIONS = {"assign": assigning, "status": moving, "priority": ranking, "tag": tagging}
