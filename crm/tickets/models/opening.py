"""A ticket that an employee opens by hand: its thread begins with a note among colleagues, or with a mail to its customer."""

from typing import Any
from uuid import UUID

from ...accounts.models import Department, Employee
from ...conversations.models import Conversation
from ...conversations.models.writing import Draft, reply
from ...customers.models import Customer
from ...db import db
from ...events import record
from ...numbers import next_number
from .ticket import Ticket

WAYS = ("note", "email")


def open_by_hand(by: Employee, id: UUID, customer: Customer | None, way: str, draft: Draft, **facts: Any) -> Ticket:
    """A new ticket with this `id`, or the one that was made with it before. `way` is one of WAYS: an e-mail wants a customer
    with an address; a note may say nothing, and then only the place for notes is there. `facts` are the ticket's columns."""
    known = Ticket.first(id=id)
    number = 0 if known else next_number("tickets")  # who sends the same meanwhile waits here
    if known := known or Ticket.first(id=id):
        return known
    ticket = Ticket(id=id, number=number, source=way, opened_by_id=by.id, customer_id=customer.id if customer else None)
    for name, value in facts.items():
        setattr(ticket, name, value)
    ticket.status = "open" if ticket.assignee_id or way == "email" else "new"
    ticket.save()
    db.session.flush()
    talk = talk_about(ticket, customer, way, by)
    ticket.track(talk)
    record("ticket.opened", ticket, conversation=str(talk.id), by_hand=True)
    if ticket.assignee_id and ticket.assignee_id != by.id:
        record("ticket.assigned", ticket, assignee=str(ticket.assignee_id))
    if draft.body or draft.files:
        reply(talk, by, draft)
    return ticket


def talk_about(ticket: Ticket, customer: Customer | None, way: str, by: Employee) -> Conversation:
    """Where its thread begins; with its customer it is with whom the ticket is, else with who writes first."""
    department = Department.find(id=ticket.department_id) if ticket.department_id else None
    if customer is None or way == "note":
        return Conversation.begin_notes(department)
    talk = Conversation.begin(customer, department, ticket.id, channel="email", subject=ticket.subject)
    assignee = Employee.find(id=ticket.assignee_id) if ticket.assignee_id else by
    talk.assign(assignee, by=None if assignee.id == by.id else by)
    return talk
