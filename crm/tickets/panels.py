"""What tickets add to the pages of features to the left."""

from typing import Any

from flask import render_template
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from ..conversations.models import Conversation
from ..customers.company_page import working_at
from ..customers.models import Company, Customer, ids_of
from ..customers.page import gathered
from ..db import db
from ..registry import glimpse, panel
from ..templating import render_piece
from . import queries
from .forgetting import unclosed
from .models import OPEN, Ticket
from .models.talking import ANSWERED_TO

NAMES = ("number", "subject", "status", "touched_at", "due_at")
SHOWN = 10
WHOSE = joinedload(Ticket.assignee)


@panel("customer")
def tickets_panel(customer: Customer) -> str | None:
    found, may = customer.glimpsed["last_tickets"], current_user.may("tickets.edit")
    return render_piece("tickets/_customer_panel.html", tickets=found, customer=customer, may_edit=may)


@glimpse("customer", "last_tickets")
def last_tickets(id: Any) -> Any:
    """As NAMES; those that are open first, the last touched of them first."""
    query = select(*(getattr(Ticket, name) for name in NAMES)).where(Ticket.customer_id == id)
    return gathered(
        query.order_by(Ticket.status.in_(OPEN).desc(), Ticket.touched_at.desc(), Ticket.id).limit(SHOWN), NAMES
    )


@glimpse("company", "open_tickets")
def open_tickets(id: Any) -> Any:
    """Of its people, as NAMES and `who`; the last touched first."""
    joint = (Customer.tenant_id == Ticket.tenant_id) & (Customer.id == Ticket.customer_id)
    last = select(*(getattr(Ticket, name) for name in NAMES), Customer.name.label("who")).join(Customer, joint)
    last = last.where(Ticket.customer_id.in_(working_at(id)), Ticket.status.in_(OPEN))
    return gathered(last.order_by(Ticket.touched_at.desc(), Ticket.id.desc()).limit(SHOWN), (*NAMES, "who"))


@panel("company_work")
def open_tickets_panel(company: Company) -> str | None:
    found = company.glimpsed["open_tickets"]
    if not found or not current_user.may("tickets.read"):
        return None
    return render_template("tickets/_company_panel.html", tickets=found)


@panel("erasure")
def tickets_to_close(customer: Customer) -> str | None:
    """What is closed with a person who is about to be erased: those touched last, and how many there are."""
    query = select(Ticket).where(Ticket.id.in_(unclosed().where(Ticket.customer_id.in_(ids_of(customer)))))
    many = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    found = db.session.scalars(query.order_by(Ticket.touched_at.desc(), Ticket.id).limit(SHOWN).options(WHOSE)).all()
    return render_template("tickets/_erasure_panel.html", tickets=found, more=many - len(found)) if found else None


@panel("conversation_menu")
def menu_item(conversation: Conversation) -> str | None:
    """The way to its ticket, or the button that makes one."""
    if conversation.is_internal or not current_user.may("tickets.edit"):
        return None
    ticket = queries.of_conversation(conversation.id) if conversation.tracked else None
    if ticket is None and conversation.is_forsaken:
        return None
    return render_template("tickets/_menu_item.html", conversation=conversation, ticket=ticket)


@panel("composer")
def answer_as(conversation: Conversation) -> str | None:
    """Answering and saying at once how the ticket stands then."""
    if not conversation.tracked or not current_user.may("tickets.edit"):
        return None
    return render_template("tickets/_answer_as.html", statuses=ANSWERED_TO)
