"""The escalation ladder: when a promise is about to break, one after the other is told until somebody takes care of it."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from .. import realtime
from ..accounts.calendars import calendar_of
from ..accounts.hours import add_working
from ..accounts.models import Employee
from ..conversations.models import Conversation
from ..conversations.topics import employee, inbox
from ..db import db, now
from ..events import Event, commit, later
from ..events import now as at_once
from ..locale import language_of
from ..mail import queue_mail
from ..registry import panel
from ..tenancy import public_link
from ..web import permitted
from .blueprint import bp
from .models import Escalation, EscalationNotice, EscalationStep, Ticket, TicketClock
from .promise_words import CLOCK_WORDS

AT_ONCE = 100
TRAIL = 3


def begin(ticket: Ticket, kind: str) -> None:
    if EscalationStep.of(ticket.department_id):
        Escalation.begin(ticket.tenant_id, kind, ticket_id=ticket.id)


def end(ticket: Ticket, *kinds: str) -> None:
    """What one of these clocks began is over."""
    going_on = Escalation.going_on(ticket.id)
    if going_on and going_on.kind in kinds:
        going_on.end()


def climb_all() -> None:
    query = select(Escalation).where(Escalation.next_at <= now(), Escalation.ended_at.is_(None))
    query = query.where(Escalation.ticket_id.is_not(None)).order_by(Escalation.next_at).limit(AT_ONCE)
    query = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    for escalation in db.session.scalars(query).all():
        climb(escalation, Ticket.find(id=escalation.ticket_id))


def climb(escalation: Escalation, about: Ticket | Conversation) -> None:
    """Take every step that is due, and say when the next one is. Minutes are those of the department's open time."""
    calendar, before = calendar_of(about.department_id), escalation.climbed
    for step in EscalationStep.of(about.department_id):
        if step.after_minutes <= before:
            continue
        due = add_working(calendar, escalation.created_at, step.after_minutes * 60)
        if due is None or due > now():
            escalation.next_at = due
            return
        for person in step.people(about):
            escalation.tell(person, step)
        escalation.climbed = step.after_minutes
    escalation.next_at = None


@bp.post("/tickets/<int:number>/acknowledgement")
@permitted("tickets.edit")
def acknowledge(number: int) -> Any:
    """Somebody takes care of it: the ladder ends, and the others see who."""
    ticket = Ticket.locked(number=number)
    going_on = Escalation.going_on(ticket.id)
    if going_on:
        going_on.acknowledge(current_user)
    commit()
    return redirect(url_for(".show", number=number), 303)


@later("escalation.raised")
def mail_who_is_told(event: Event) -> None:
    """One mail for each climb and person, however often this runs, at once and whatever they wish: it is the last resort.

    Whoever else tells of it does not mail, and nobody is told who is not needed any more.
    """
    person = Employee.first(id=UUID(event.facts["person"]), deactivated_at=None)
    about: Ticket | Conversation | None = event.subject
    if person is None or about is None or not person.email or not goes_on(event):
        return
    key = f"escalation:{event.facts['escalation']}:{person.id}"
    shown = of_waiting(about) if isinstance(about, Conversation) else of_ticket(about, event.facts["kind"])
    queue_mail(key, person.email, language=language_of(person), **shown)


def of_ticket(ticket: Ticket, kind: str) -> dict[str, Any]:
    clock = TicketClock.first(ticket_id=ticket.id, kind=kind)
    link = public_link("tickets.show", number=ticket.number)
    return {"event": "escalation", "ticket": ticket, "link": link, "clock": clock, "what": CLOCK_WORDS[kind]}


def of_waiting(conversation: Conversation) -> dict[str, Any]:
    link = public_link("conversations.show", number=conversation.number)
    return {"event": "waits_too_long", "conversation": conversation, "link": link}


def goes_on(event: Event) -> bool:
    """Whether the climb of this event still waits for somebody."""
    return Escalation.first(id=UUID(event.facts["escalation"]), ended_at=None) is not None


@at_once("escalation.raised")
def signal_who_is_told(happened: Any) -> None:
    topic = employee(happened.tenant_id, UUID(happened.facts["person"]))
    name = "number" if isinstance(happened.subject, Conversation) else "ticket"
    realtime.signal(topic, "escalated", **{name: happened.subject.number})


@at_once(
    "escalation.raised",
    "escalation.acknowledged",
    "ticket.clocks_changed",
    "ticket.clock_warned",
    "ticket.clock_broken",
)
def show_clocks(happened: Any) -> None:
    realtime.refresh(happened.subject.topic, "panel")
    if isinstance(happened.subject, Ticket):
        realtime.refresh(inbox(happened.tenant_id), "tickets")


@panel("ticket")
def clocks_panel(ticket: Ticket) -> str | None:
    """The clocks and the trail: who was told what when, and who took care of it."""
    clocks = (
        [clock for clock in TicketClock.of(ticket.id) if clock.started_at] if ticket.has_clocks is not False else []
    )
    query = select(Escalation).where(Escalation.ticket_id == ticket.id).options(joinedload(Escalation.acknowledged_by))
    climbs = list(db.session.scalars(query.order_by(Escalation.id.desc()).limit(TRAIL)).all()) if clocks else []
    if not clocks:
        return None
    shown = {"moment": now(), "may_edit": current_user.may("tickets.edit")}
    return render_template("tickets/_clocks.html", ticket=ticket, clocks=clocks, climbs=trail(climbs), **shown)


def trail(climbs: list[Escalation]) -> list[tuple[Escalation, list[EscalationNotice]]]:
    query = select(EscalationNotice).where(EscalationNotice.escalation_id.in_([one.id for one in climbs]))
    query = query.options(joinedload(EscalationNotice.person)).order_by(EscalationNotice.id)
    told = list(db.session.scalars(query).all()) if climbs else []
    return [(one, [notice for notice in told if notice.escalation_id == one.id]) for one in climbs]
