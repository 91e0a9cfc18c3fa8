"""Making one ticket of two, undoing that, and splitting a message off."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from ..conversations.models import Message
from ..db import db
from ..events import commit
from ..registry import panel
from ..web import Refused, permitted, read, text, uuid
from . import queries
from .blueprint import bp
from .models import Ticket
from .models.merging import TicketMerge, merge, split
from .models.ticket import OPEN
from .routes import find, written_number


@bp.post("/tickets/<int:number>/merges")
@permitted("tickets.edit")
def merge_into(number: int) -> Any:
    """Make this ticket a part of another one."""
    into = read(into=written_number())["into"]
    one, other = both(number, into)
    merge(other, one, current_user)
    commit()
    flash(_("Merged. It can be undone for 30 days, at the side."), "good")
    return redirect(url_for(".show", number=into), 303)


@bp.post("/tickets/<int:number>/merges/<uuid:id>/undoing")
@permitted("tickets.edit")
def undo_merge(number: int, id: UUID) -> Any:
    found = TicketMerge.locked(id=id, ticket_id=find(number).id)
    both(number, found.other.number)
    found.undo()
    commit()
    flash(_("Undone: there are two tickets again."), "good")
    return redirect(url_for(".show", number=found.other.number), 303)


@bp.get("/tickets/<int:number>/splits")
@permitted("tickets.edit")
def choose_split(number: int) -> Any:
    """The customer's messages, one of which becomes a ticket of its own."""
    ticket = find(number)
    said = [one for one in queries.thread(ticket).rows if one.sender_id == ticket.customer_id]
    return render_template("tickets/split.html", ticket=ticket, said=said)


@bp.post("/tickets/<int:number>/splits")
@permitted("tickets.edit")
def split_off(number: int) -> Any:
    fields = read(message=uuid(), subject=text(max=200, optional=True, lines=False))
    ticket = Ticket.locked(number=number)
    made = split(ticket, said_in(ticket, fields["message"]), fields["subject"])
    commit()
    return redirect(url_for(".show", number=made.number), 303)


def said_in(ticket: Ticket, id: UUID) -> Message:
    """Raises NotFound for a message of another ticket."""
    message = Message.find(id=id)
    if not any(line.Conversation.id == message.conversation_id for line in queries.stretches(ticket)):
        raise Refused(_("This message belongs to another ticket."))
    return message


def both(number: int, other: int) -> tuple[Ticket, Ticket]:
    """Two tickets, locked in the order of their ids. Raises NotFound, and Refused for the same one twice."""
    ids = {Ticket.find(number=one).id for one in (number, other)}
    query = select(Ticket).where(Ticket.id.in_(ids)).order_by(Ticket.id).with_for_update(key_share=True)
    found = {ticket.number: ticket for ticket in db.session.scalars(query.execution_options(populate_existing=True))}
    return found[number], found[other]


@panel("ticket_end")
def merges_panel(ticket: Ticket) -> str | None:
    """What became a part of it, or of what it became one."""
    into = Ticket.find(id=ticket.merged_into_id) if ticket.merged_into_id else None
    merges = [] if into or ticket.has_merges is False else TicketMerge.of(ticket)
    may_edit = current_user.may("tickets.edit")
    if not (into or merges or may_edit):
        return None
    shown = {"ticket": ticket, "into": into, "merges": merges, "may_edit": may_edit, "is_open": ticket.status in OPEN}
    return render_template("tickets/_merges.html", **shown)
