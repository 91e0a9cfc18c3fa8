"""What tickets add to the pages of features to the left."""

from typing import Any

from flask import render_template
from flask_login import current_user
from sqlalchemy import func, select

from ..conversations.models import Conversation
from ..customers.company_page import working_at
from ..customers.models import Company, Customer
from ..db import db
from ..registry import glimpse, panel
from . import queries
from .models import OPEN, Ticket
from .models.talking import ANSWERED_TO


@panel("customer")
def tickets_panel(customer: Customer) -> str | None:
    query = (
        select(Ticket)
        .where(Ticket.customer_id == customer.id)
        .order_by(Ticket.status.in_(OPEN).desc(), Ticket.touched_at.desc(), Ticket.id)
    )
    found = db.session.scalars(query.limit(10)).all()
    return render_template("tickets/_customer_panel.html", tickets=found, customer=customer)


@glimpse("company", "open_tickets")
def open_tickets(id: Any) -> Any:
    """Of its people, as {number, subject, status, touched_at, due_at, who}; the last touched first."""
    names = ("number", "subject", "status", "touched_at", "due_at")
    joint = (Customer.tenant_id == Ticket.tenant_id) & (Customer.id == Ticket.customer_id)
    last = select(*(getattr(Ticket, name) for name in names), Customer.name.label("who")).join(Customer, joint)
    last = last.where(Ticket.customer_id.in_(working_at(id)), Ticket.status.in_(OPEN))
    rows = last.order_by(Ticket.touched_at.desc(), Ticket.id.desc()).limit(10).subquery()
    one = func.jsonb_build_object(*(part for name in (*names, "who") for part in (name, rows.c[name])))
    return select(func.coalesce(func.jsonb_agg(one), func.jsonb_build_array())).scalar_subquery()


@panel("company_work")
def open_tickets_panel(company: Company) -> str | None:
    found = company.glimpsed["open_tickets"]
    if not found or not current_user.may("tickets.read"):
        return None
    return render_template("tickets/_company_panel.html", tickets=found)


@panel("conversation_menu")
def menu_item(conversation: Conversation) -> str | None:
    """The way to its ticket, or the button that makes one."""
    if conversation.is_internal or not current_user.may("tickets.edit"):
        return None
    ticket = queries.of_conversation(conversation.id) if conversation.tracked else None
    return render_template("tickets/_menu_item.html", conversation=conversation, ticket=ticket)


@panel("composer")
def answer_as(conversation: Conversation) -> str | None:
    """Answering and saying at once how the ticket stands then."""
    if not conversation.tracked or not current_user.may("tickets.edit"):
        return None
    return render_template("tickets/_answer_as.html", statuses=ANSWERED_TO)
