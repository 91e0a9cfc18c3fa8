"""Opening a ticket by hand: for whom it is, what it is about, and the first note or mail; and saying later for whom it is."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ..accounts.kinds import moment
from ..accounts.models import Department, Employee
from ..conversations.calls import found
from ..conversations.models.writing import Draft
from ..customers.fields.panels import keep_fields
from ..customers.models import Customer
from ..db import uuid7
from ..events import commit
from ..files import keep
from ..forms import filled, redraw
from ..phones import as_e164, country_here
from ..web import Invalid, choice, email, files, permitted, read, read_query, text, uuid
from .blueprint import bp
from .board import people
from .models import PRIORITIES, TYPES, Ticket
from .models.opening import WAYS, open_by_hand
from .routes import done

LINE = text(max=200, optional=True, lines=False)
WHOSE = {"who": LINE, "customer_id": uuid(optional=True), "name": LINE, "email": email(optional=True)}


@bp.get("/tickets/new")
@permitted("tickets.edit")
def new(errors: dict[str, str] | None = None) -> Any:
    """The empty form; `customer` names whose page it was opened from."""
    asked = read_query(customer=uuid(optional=True))["customer"]
    customer = Customer.find(id=asked) if asked else None
    form = filled(who=customer.shown_name if customer else "", customer_id=str(asked or ""), **first_values())
    wanted = form["who"].replace("\0", "")[:200]  # as it was sent, when it is shown again
    known = [customer] if customer else found(wanted) if wanted else []
    shown = {"form": form, "errors": errors, "known": known, "wanted": wanted, **people()}
    return render_template("tickets/new.html", **shown)


def first_values() -> dict[str, Any]:
    mine = current_user.department_id or ""
    facts = {
        "type": "question",
        "priority": "normal",
        "department_id": mine,
        "assignee_id": current_user.id,
        "due_at": "",
    }
    return {"ticket_id": str(uuid7()), "name": "", "email": "", "subject": "", "body": "", "way": "note", **facts}


@bp.get("/tickets/new/customers")
@permitted("customers.read")
def whose() -> Any:
    """Whom a name, an address or a number belongs to; asked while it is typed."""
    wanted = read_query(who=LINE)["who"]
    return render_template("tickets/_whose.html", known=found(wanted) if wanted else [], wanted=wanted)


@bp.post("/tickets/new")
@permitted("tickets.edit")
@redraw(new)
def create_by_hand() -> Any:
    ticket = opened(**read(**WRITTEN))
    commit()
    return redirect(url_for(".show", number=ticket.number), 303)


@bp.post("/tickets/<int:number>/customer")
@permitted("tickets.edit")
def choose_customer(number: int) -> Any:
    """Whose it is, when nobody knew at first."""
    ticket, customer = Ticket.locked(number=number), chosen(**read(**WHOSE))
    if customer is None:
        raise Invalid({"who": _("Write a name, an e-mail address or a phone number.")})
    ticket.concern(customer)
    return done(ticket, "panel")


WRITTEN = WHOSE | {
    "ticket_id": uuid(), "subject": text(max=200, lines=False), "type": choice(*TYPES), "priority": choice(*PRIORITIES),
    "department_id": uuid(optional=True), "assignee_id": uuid(optional=True), "due_at": moment(),
    "way": choice(*WAYS), "body": text(max=10_000, optional=True),
}  # fmt: skip


def opened(ticket_id: UUID, way: str, body: str, **facts: Any) -> Ticket:
    """Raises Invalid, and NotFound for people and departments that are not (or no more) here."""
    if known := Ticket.first(id=ticket_id):
        return known
    customer = chosen(**{name: facts.pop(name) for name in WHOSE})
    if way == "email":
        guard_mail(customer, body)
    if facts["department_id"]:
        Department.find(id=facts["department_id"], archived_at=None)
    if facts["assignee_id"]:
        Employee.find(id=facts["assignee_id"], deactivated_at=None)
    kept = tuple(keep(file) for file in files("files"))
    draft = Draft(body, ticket_id, "chat" if way == "email" else "note", kept)
    ticket = open_by_hand(current_user, ticket_id, customer, way, draft, **facts)
    keep_fields(ticket, new=True)
    return ticket


def guard_mail(customer: Customer | None, body: str) -> None:
    if customer is None:
        raise Invalid({"who": _("Say to whom the e-mail goes, or begin with a note.")})
    if not customer.contact_email:
        raise Invalid(
            {"who": _("This customer has no e-mail address. Begin with a note, or add the address on their page.")}
        )
    if customer.blocked_at:
        raise Invalid({"who": _("This customer is blocked: nothing is sent to them. Begin with a note.")})
    if not body:
        raise Invalid({"body": _("Write something here.")})


def chosen(who: str, customer_id: UUID | None, name: str, email: str | None) -> Customer | None:
    """The customer who was picked or typed, a new one for whom nobody knows, None for none yet. Raises Invalid."""
    if customer_id:
        return Customer.find(id=customer_id)
    if not who:
        return None
    if "customer_id" not in request.form and (known := found(who)):
        return only(known, who)
    number = as_e164(who, country_here())
    typed = who if "@" in who else None
    facts = {"email": read_address(typed) if typed else email, "phone": number, "name": name}
    return Customer.add(**facts | ({} if typed or number or name else {"name": who}))


def only(known: list[Customer], who: str) -> Customer:
    if len(known) == 1 and who.lower() in (known[0].shown_name.lower(), known[0].email, known[0].phone):
        return known[0]
    raise Invalid({"who": _("Choose who it is.")})


def read_address(typed: str) -> str | None:
    try:
        return email()(typed)
    except ValueError as problem:
        raise Invalid({"who": str(problem)}) from None
