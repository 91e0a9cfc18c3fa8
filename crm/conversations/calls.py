"""Calls that somebody enters by hand, from any page, and who is at the other end."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ..customers.models import Customer
from ..customers.phones import learn_number, other_numbers, reached_by
from ..customers.queries import customers
from ..db import now, uuid7
from ..events import commit, record
from ..forms import filled, redraw
from ..phones import as_e164, country_here, phone_as_written
from ..web import (
    Invalid,
    Kind,
    Unfit,
    checkbox,
    choice,
    clean,
    integer,
    permitted,
    read,
    read_query,
    text,
    uuid,
    wants_fragment,
)
from .blueprint import bp
from .models import Call, Task
from .models.call import DIRECTIONS, OUTCOMES
from .models.task import soon
from .models.writing import Draft, post

FOUND = 5
ENOUGH_DIGITS = 4
LONGEST = timedelta(days=1)


@bp.get("/calls/new")
@permitted("conversations.reply")
def new_call(errors: dict[str, str] | None = None) -> Any:
    """The form, for htmx without the page around it. The call began when it was opened."""
    customer, form = first_values()
    template = "conversations/_call_form.html" if wants_fragment() else "conversations/call.html"
    people = [customer] if customer else found(form["who"])
    return render_template(template, form=form, errors=errors, people=people, wanted=form["who"])


def first_values() -> tuple[Customer | None, dict[str, Any]]:
    """Whom the address names, and what the form shows: who it is, and `to=call` that they are called back."""
    line = text(max=100, optional=True)
    asked = read_query(customer=uuid(optional=True), number=line, to=choice("call", optional=True))
    customer = Customer.find(id=asked["customer"]) if asked["customer"] else None
    number = asked["number"] or (customer.phone if customer else "") or ""
    began = {"started_at": now().isoformat(), "client_id": str(uuid7()), "direction": "out" if asked["to"] else "in"}
    typed = {"caller_name": "", "outcome": "answered", "minutes": "", "about": "", "again": ""}
    return customer, filled(who=phone_as_written(number) if number else "", **began, **typed)


@bp.get("/calls/callers")
@permitted("customers.read")
def callers() -> Any:
    """Whom a number, or a part of a name, may belong to; asked while it is typed."""
    wanted = read_query(who=text(max=100, optional=True))["who"]
    return render_template("conversations/_callers.html", people=found(wanted), wanted=wanted)


@bp.post("/calls")
@permitted("conversations.reply")
@redraw(new_call)
def create_call() -> Any:
    call = log(**read_call())
    commit()
    if wants_fragment():
        return render_template("conversations/_call_logged.html", call=call)
    return redirect(url_for(".show", number=call.conversation.number), 303)


def read_call() -> dict[str, Any]:
    """The fields of the form. Raises Invalid."""
    return read(
        who=text(max=100, optional=True), customer_id=uuid(optional=True), direction=choice(*DIRECTIONS),
        caller_name=text(max=100, optional=True, lines=False), outcome=choice(*OUTCOMES), started_at=moment(),
        minutes=integer(0, 24 * 60, optional=True), about=text(max=5_000, optional=True), client_id=uuid(), again=checkbox(),
    )  # fmt: skip


def log(who: str, customer_id: UUID | None, caller_name: str, direction: str, outcome: str, started_at: datetime,
        minutes: int | None, about: str, client_id: UUID, again: bool) -> Call:  # fmt: skip
    """Keep the call and its note, once. Raises Invalid when it is with nobody."""
    if known := Call.logged(current_user, client_id):
        return known
    number = as_e164(who, country_here()) or ""
    customer = Customer.find(id=customer_id) if customer_id else caller(number, caller_name)
    number = meant(customer, who) or number or customer.phone or ""
    if number and outcome == "answered":
        learn_number(customer, number)
    ended = now() if minutes is None else started_at
    began = started_at if minutes is None else started_at - timedelta(minutes=minutes)
    facts = {"direction": direction, "number": number, "started_at": began, "answered_at": began}
    seconds = int((ended - began).total_seconds())
    call = Call.log(current_user, customer, client_id, outcome, seconds, **facts)
    if about:
        post(call.conversation, current_user, Draft(about, client_id, "note"))
    if again and number and not call.awaits_us:
        Task.open(customer, number, "ours", soon(call.department_id), owner_id=current_user.id)
    return call


def meant(customer: Customer, who: str) -> str | None:
    """The number of the customer's of which so many digits were typed that they were found by it."""
    typed = digits(who)
    known = [number for number in (customer.phone, *other_numbers(customer)) if number]
    return next((number for number in known if typed and typed in number), None)


def digits(wanted: str) -> str:
    return "".join(sign for sign in wanted if sign.isdecimal()).lstrip("0")


def caller(number: str, name: str = "") -> Customer:
    """Who has this number; a new customer when nobody has. Raises Invalid when there is none."""
    if not number:
        raise Invalid({"who": _("Write the number with its country, such as +49 30 901820, or choose a customer.")})
    known = reached_by(number, 1)
    if known:
        return known[0]
    customer = Customer(name=name, phone=number).save()
    record("customer.created", customer)
    return customer


def found(wanted: str) -> list[Customer]:
    """Those with this number; else those with these digits, or these words, in their number, name or address."""
    number = as_e164(wanted, country_here())
    known = reached_by(number, FOUND) if number else []
    spoken = any(sign.isalpha() for sign in wanted)
    if known or not (spoken or len(digits(wanted)) >= ENOUGH_DIGITS):
        return known
    return customers(wanted if spoken else digits(wanted)).rows[:FOUND]


def moment() -> Kind:
    """When the form was opened: within the last day."""

    def kind(value: Any) -> datetime:
        try:
            at = datetime.fromisoformat(clean(value or "", 40))
        except ValueError:
            at = datetime.min
        if at.tzinfo is None or not now() - LONGEST < at < now() + timedelta(minutes=5):
            raise Unfit(_("This form was open for too long. Open it again."))
        return min(at, now())

    return kind
