"""What tickets add to the pages of features to the left."""

from flask import render_template
from flask_login import current_user
from sqlalchemy import select

from ..conversations.models import Conversation
from ..customers.models import Customer
from ..db import db
from ..registry import panel
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
