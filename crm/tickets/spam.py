"""A ticket that is spam: its sender is blocked, and nobody has work with it any more."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_login import current_user

from ..conversations.models import Conversation
from ..conversations.routes import BLOCKED
from ..customers.models import Customer
from ..events import commit
from ..registry import panel
from ..web import permitted
from . import queries
from .blueprint import bp
from .models import Ticket
from .routes import find


@bp.post("/tickets/<int:number>/spam")
@permitted("customers.block")
def block_sender(number: int) -> Any:
    shut(find(number))
    commit()
    flash(BLOCKED, "good")
    return redirect(url_for(".index"), 303)


def shut(ticket: Ticket) -> None:
    """Its conversations are locked before the ticket, as wherever both are. 404 where it has nobody to block."""
    if ticket.customer_id is None or ticket.merged_into_id:
        abort(404)
    talks = [Conversation.locked(id=one.id) for one in queries.conversations(ticket) if one.customer_id]
    ticket = Ticket.locked(id=ticket.id)
    Customer.locked(id=ticket.customer_id).block()
    for talk in talks:
        talk.close(current_user)
    for status in ("solved", "closed"):
        if ticket.status != "closed":
            ticket.set_status(status)


@panel("ticket_end")
def spam_panel(ticket: Ticket) -> str | None:
    if ticket.customer is None or ticket.merged_into_id or not current_user.may("customers.block"):
        return None
    return render_template("tickets/_spam.html", ticket=ticket)
