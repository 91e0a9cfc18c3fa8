"""Asking what a customer thought of a ticket: once each time that it is solved, and then not of its conversation by itself."""

from typing import Any
from uuid import UUID

from flask import render_template
from sqlalchemy import select

from .. import realtime
from ..conversations.models import Conversation, FollowUp, Rating
from ..conversations.models.rating import was_answered
from ..db import db
from ..events import Event, later, record
from ..events import now as at_once
from ..registry import figures, panel
from . import queries
from .models import Ticket
from .models.ticket import OVER


@later("ticket.status_changed")
def ask_when_solved(event: Event) -> None:
    ticket: Ticket | None = event.subject
    current = (
        queries.current(ticket) if ticket and event.facts["after"] == "solved" and "import" not in event.facts else None
    )
    if ticket and current:
        ask(Conversation.locked(id=current.id), Ticket.locked(id=ticket.id))


def ask(conversation: Conversation, ticket: Ticket) -> None:
    """Both are locked. What was asked about the conversation counts for the ticket that was made of it."""
    if ticket.status not in OVER or Rating.first(ticket_id=ticket.id, ticket_episode=ticket.episode):
        return
    before = Rating.first(conversation_id=conversation.id, episode=conversation.episode)
    if before and before.ticket_id is None and ticket.episode == 1:
        return
    if not was_answered(conversation, before.created_at if before else None):
        return
    conversation.episode += before is not None
    facts = {"ticket_id": ticket.id, "ticket_episode": ticket.episode}
    if Rating.ask_about(conversation, ticket.assignee_id, **facts):
        record("ticket.rating_asked", ticket)


@at_once("rating.given")
def show_on_ticket(happened: Any) -> None:
    ticket = Ticket.first(id=happened.subject.ticket_id) if happened.subject.ticket_id else None
    if ticket:
        realtime.refresh(ticket.topic, "panel")


@panel("ticket")
def ratings_panel(ticket: Ticket) -> str | None:
    """The newest first. Nobody was asked of one that was never solved."""
    if ticket.episode == 1 and ticket.status not in OVER:
        return None
    query = select(Rating, FollowUp).outerjoin(
        FollowUp, (FollowUp.tenant_id == Rating.tenant_id) & (FollowUp.rating_id == Rating.id)
    )
    query = query.where(Rating.ticket_id == ticket.id).order_by(Rating.ticket_episode.desc()).limit(5)
    found = db.session.execute(query).all()
    return render_template("tickets/_ratings.html", ratings=found) if found else None


@figures("follow_up", "ticket")
def rated_tickets(ids: list[UUID]) -> dict[UUID, Any]:
    """{follow-up id: (number, subject)} of those that are about a ticket."""
    query = select(FollowUp.id, Ticket.number, Ticket.subject)
    query = query.join(Rating, (Rating.tenant_id == FollowUp.tenant_id) & (Rating.id == FollowUp.rating_id))
    query = query.join(Ticket, (Ticket.tenant_id == Rating.tenant_id) & (Ticket.id == Rating.ticket_id))
    return {id: (number, subject) for id, number, subject in db.session.execute(query.where(FollowUp.id.in_(ids)))}
