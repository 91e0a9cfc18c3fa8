"""What becomes of what was told: one call, however often and in whatever order its states come."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from ....accounts.models import Employee
from ....customers.models import Customer
from ....customers.phones import reached_by
from ....db import now
from ....events import record
from ....phones import as_e164, country_here
from ....templating import speaking
from ....tenancy import current_tenant
from ...models import Call, PhoneLine
from ...models.call import LONGEST_SECONDS
from .pbx import is_https
from .told import Told

# What Twilio and others send instead of a number that was withheld.
WITHHELD = {"+266696687", "+7378742833", "+17378742833", "+2562533", "+8656696", "+86282452253"}
OLDEST = timedelta(days=1)


def take(source: str, told: Told) -> Call | None:
    """The call, as it stands now. The caller has locked whatever makes one wait for the other. None when there is none."""
    call = Call.first(source=source, external_id=told.id)
    if call is None:
        if not told.state:
            return None
        call = begin(source, told)
    if told.recording_url and is_https(told.recording_url[:500]):
        call.recording_url = told.recording_url[:500]
    {"ringing": ring, "answered": answer, "ended": end, "": revise}[told.state](call, told)
    return call


def begin(source: str, told: Told) -> Call:
    number = number_of(told.theirs)
    facts: dict[str, Any] = {
        "direction": told.direction,
        "number": number,
        "line": told.ours[:100],
        "has_legs": told.leg,
    }
    employee = agent_of(told)
    line = PhoneLine.at(told.ours[:100])
    department = line.department_id if line else None
    facts |= {"employee_id": employee.id if employee else None, "started_at": began(told), "state": "ringing"}
    call = Call.begin(caller(number), source=source, external_id=told.id, **facts,
                      department_id=department or (employee.department_id if employee else None))  # fmt: skip
    record("call.rang", call)
    return call


def began(told: Told) -> datetime:
    at = when(told)
    return at - timedelta(seconds=min(told.seconds or 0, LONGEST_SECONDS)) if told.state == "ended" else at


def when(told: Told) -> datetime:
    """When it is told late, by what it says of itself."""
    return told.at if told.at and now() - OLDEST < told.at <= now() else now()


def number_of(written: str) -> str:
    """As E.164; "" for one that was withheld or is none."""
    number = as_e164(written[:100], country_here()) or ""
    return "" if number in WITHHELD else number


def caller(number: str) -> Customer:
    known = reached_by(number, 1) if number else []
    if known:
        return known[0]
    with speaking(current_tenant.language):
        customer = Customer(name="" if number else _("Withheld number"), phone=number or None).save()
    record("customer.created", customer)
    return customer


def agent_of(told: Told) -> Employee | None:
    """Who of us: by address, by extension or number, else by the line that is called."""
    said = told.agent.strip()
    if "@" in said:
        found = Employee.first(email=said.lower(), deactivated_at=None)
        if found:
            return found
    line = PhoneLine.at(said[:100]) or PhoneLine.at(told.ours[:100])
    employee = line.employee if line else None
    return employee if employee and employee.is_active else None


def ring(call: Call, told: Told) -> None:
    if told.leg and not call.has_legs:
        call.has_legs = True  # a machine picked up before; now it rings with people
        if call.state == "answered":
            call.state, call.answered_at = "ringing", None
    employee = agent_of(told)
    if call.state == "ringing" and employee and employee.id != call.employee_id:
        call.employee_id, call.employee = employee.id, employee
        record("call.rang", call)
    call.tell()


def answer(call: Call, told: Told) -> None:
    if call.has_legs and not told.leg:
        return call.tell()
    call.has_legs = call.has_legs or told.leg
    if told.outcome != "voicemail":
        call.answer(agent_of(told), when(told))
    if call.state == "ended" and call.outcome == "missed":  # this came late
        call.end("answered", told.seconds)


def end(call: Call, told: Told) -> None:
    if told.leg:
        call.has_legs = True
        if call.answered_at is None or told.outcome:
            return call.tell()  # this telephone was not picked up; another may be
    outcome = outcome_of(call, told)
    if call.state == "ended" and call.outcome == "answered":
        outcome = "answered"
    call.end(outcome, told.seconds if outcome in ("answered", "voicemail") else None)


def outcome_of(call: Call, told: Told) -> str:
    if told.outcome:
        return told.outcome
    if call.answered_at or (told.seconds and not call.has_legs):
        return "answered"
    return "voicemail" if call.recording_url and call.direction == "in" else "missed"


def revise(call: Call, told: Told) -> None:
    """A recording came: of a call that nobody answered it is a message on the machine."""
    if call.state == "ended" and call.direction == "in" and call.outcome == "missed":
        call.end("voicemail", told.seconds)
    call.tell()
