"""Making one ticket of two, undoing that, and splitting a message off."""

from typing import Any
from uuid import UUID

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import and_, or_, select

from ..conversations.models import Message
from ..db import db
from ..events import commit
from ..forms import filled, redraw
from ..registry import panel
from ..web import Refused, permitted, read, text, uuid
from . import queries
from .blueprint import bp
from .models import Ticket, TicketConversation
from .models.merging import TicketMerge, merge, split
from .models.ticket import OPEN
from .refusing import told_at
from .routes import find, show, written_number


def beside(number: int, errors: dict[str, str], **_: Any) -> Any:
    """The ticket's page, with what was refused at its side where the forms stand."""
    g.merge_errors = errors
    return show(number)


@bp.post("/tickets/<int:number>/merges")
@permitted("tickets.edit")
@redraw(beside)
def merge_into(number: int) -> Any:
    """Make this ticket a part of another one."""
    find(number)
    into = read(into=written_number())["into"]
    with told_at("into"):
        one, other = both(number, into)
        merge(other, one, current_user)
    commit()
    flash(_("Merged. It can be undone for 30 days, at the side."), "good")
    return redirect(url_for(".show", number=into), 303)


@bp.post("/tickets/<int:number>/merges/<uuid:id>/undoing")
@permitted("tickets.edit")
@redraw(beside)
def undo_merge(number: int, id: UUID) -> Any:
    found = TicketMerge.locked(id=id, ticket_id=find(number).id)
    both(number, found.other.number)
    with told_at("undo"):
        found.undo()
    commit()
    flash(_("Undone: there are two tickets again."), "good")
    return redirect(url_for(".show", number=found.other.number), 303)


@bp.get("/tickets/<int:number>/splits")
@permitted("tickets.edit")
def choose_split(number: int, errors: dict[str, str] | None = None) -> Any:
    """The customer's messages, one of which becomes a ticket of its own."""
    ticket = find(number)
    ticket.guard_forsaken()
    said = [one for one in queries.thread(ticket).rows if one.sender_id == ticket.customer_id]
    form = filled(message="", subject="")
    return render_template("tickets/split.html", ticket=ticket, said=said, form=form, errors=errors)


@bp.post("/tickets/<int:number>/splits")
@permitted("tickets.edit")
@redraw(choose_split)
def split_off(number: int) -> Any:
    fields = read(message=uuid(), subject=text(max=200, optional=True, lines=False))
    ticket = Ticket.locked(number=number)
    with told_at("message"):
        made = split(ticket, said_in(ticket, fields["message"]), fields["subject"])
    commit()
    return redirect(url_for(".show", number=made.number), 303)


def said_in(ticket: Ticket, id: UUID) -> Message:
    """Raises Refused for what belongs to another ticket, also where that has another stretch of the same conversation."""
    part = TicketConversation
    here = and_(part.tenant_id == Message.tenant_id, part.conversation_id == Message.conversation_id)
    inside = Message.seq >= part.from_seq, or_(part.until_seq.is_(None), Message.seq < part.until_seq)
    query = select(Message).join(part, here).where(Message.id == id, part.ticket_id == ticket.id, *inside)
    message = db.session.scalars(query).first()
    if message is None:
        raise Refused(_("This message belongs to another ticket."))
    return message


def both(number: int, other: int) -> tuple[Ticket, Ticket]:
    """Two tickets, locked in the order of their ids. Raises NotFound, and Refused for the same one twice."""
    ids = {Ticket.find(number=one).id for one in (number, other)}
    query = select(Ticket).where(Ticket.id.in_(ids)).order_by(Ticket.id).with_for_update(key_share=True)
    found = {ticket.number: ticket for ticket in db.session.scalars(query.execution_options(populate_existing=True))}
    return found[number], found[other]


@panel("merged_ticket")
def goes_on_in(ticket: Ticket) -> str:
    """Where one would answer, the way to where it is answered, and back."""
    may_edit = current_user.may("tickets.edit") and not ticket.is_forsaken
    merge = TicketMerge.first(other_id=ticket.id, undone_at=None) if may_edit else None
    shown = {"into": Ticket.find(id=ticket.merged_into_id), "merge": merge if merge and merge.may_be_undone else None}
    return render_template("tickets/_merged.html", ticket=ticket, **shown)


@panel("ticket_end")
def merges_panel(ticket: Ticket) -> str | None:
    """What became a part of it, or of what it became one."""
    into = Ticket.find(id=ticket.merged_into_id) if ticket.merged_into_id else None
    merges = [] if into or ticket.has_merges is False else TicketMerge.of(ticket)
    may_edit = current_user.may("tickets.edit") and not ticket.is_forsaken
    if not (into or merges or may_edit):
        return None
    shown = {"ticket": ticket, "into": into, "merges": merges, "may_edit": may_edit, "is_open": ticket.status in OPEN}
    shown |= {"errors": g.get("merge_errors") or {}, "form": filled(into="")}
    return render_template("tickets/_merges.html", **shown)
