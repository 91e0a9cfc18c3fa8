"""What drives a ticket's clocks: what is said, how the ticket stands, and the time that passes.

Everything is heard in the worker, with the moment at which it happened: told late or twice, it counts the same.
"""

from datetime import datetime

from sqlalchemy import and_, case, or_, select

from ..accounts.calendars import calendar_of
from ..accounts.hours import Calendar
from ..accounts.models import Person
from ..conversations.models import Message
from ..conversations.models.message import SAID
from ..db import db, now
from ..events import Event, later, note, record
from ..jobs import every
from . import ladder
from .models import SlaPolicy, Ticket, TicketClock, TicketConversation
from .models.policy import KINDS

COUNTS = ("new", "open")  # in these a clock runs: else the customer or something else is awaited, or it is over
OVER = ("solved", "closed")
AT_ONCE = 200
LOOKED_AT = 2_000
# Who talked with a caller has answered them; who called and reached nobody has not.
CALLED = Message.kind == "phone"
SIDE = case(
    (and_(CALLED, Message.facts["outcome"].as_string() == "answered"), "employee"),
    (and_(CALLED, Person.kind == "employee"), "nobody"),
    else_=Person.kind,
)


@later("ticket.opened")
def begin(event: Event) -> None:
    fit(locked(event.subject), event.created_at)


@later("ticket.changed")
def go_by_another(event: Event) -> None:
    if event.facts["field"] in ("priority", "department_id", "customer_id"):
        fit(locked(event.subject), event.created_at)


@later("message.tracked")
def hear(event: Event) -> None:
    """An answer stops the clocks that wait for one; what a customer says after the first answer starts the next."""
    message: Message | None = event.subject
    part = TicketConversation.first(conversation_id=message.conversation_id, until_seq=None) if message else None
    if message is None or not message.said or part is None or message.seq < part.from_seq:
        return
    ticket = Ticket.locked(id=part.ticket_id)
    clocks = {clock.kind: clock for clock in TicketClock.of(ticket.id)}
    if message.sender_id == ticket.customer_id:
        ask(ticket, clocks, message.created_at)
    else:
        answer(ticket, clocks, message.created_at)
    settle(ticket)


def ask(ticket: Ticket, clocks: dict[str, TicketClock], at: datetime) -> None:
    first, following = clocks.get("first"), clocks.get("next")
    if following and (first is None or first.met_at):
        following.start(at, calendar_of(following.department_id), running=ticket.status in COUNTS)


def answer(ticket: Ticket, clocks: dict[str, TicketClock], at: datetime) -> None:
    for clock in [clocks[kind] for kind in ("first", "next") if kind in clocks]:
        clock.meet(at, calendar_of(clock.department_id))
    ladder.end(ticket, "first", "next")


@later("ticket.status_changed")
def follow_status(event: Event) -> None:
    ticket, at, after = locked(event.subject), event.created_at, event.facts["after"]
    for clock in TicketClock.of(ticket.id) if ticket else ():
        if clock.heard_at is None or clock.heard_at < at:
            clock.heard_at = at
            follow(clock, after, at, calendar_of(clock.department_id))
    if ticket and after not in COUNTS:
        ladder.end(ticket, *KINDS)
    if ticket:
        settle(ticket)


def follow(clock: TicketClock, status: str, at: datetime, calendar: Calendar) -> None:
    is_solution = clock.kind == "solution"
    if status in OVER and is_solution:
        clock.meet(at, calendar)
    elif status not in COUNTS:
        clock.pause(at, calendar)
    elif is_solution or clock.met_at is None:
        clock.reopen(at, calendar)


@later("department.hours_changed")
def plan_anew(event: Event) -> None:
    """What runs by this department's calendar breaks at another time now."""
    calendar = calendar_of(event.subject_id)
    query = select(TicketClock.ticket_id).where(TicketClock.department_id == event.subject_id)
    for id in db.session.scalars(query.where(TicketClock.running_since.is_not(None)).distinct()).all():
        ticket = Ticket.locked(id=id)
        for clock in TicketClock.of(id):
            if clock.department_id == event.subject_id:
                clock.plan(calendar)
        settle(ticket)


def locked(ticket: Ticket | None) -> Ticket | None:
    return Ticket.locked(id=ticket.id) if ticket else None


def fit(ticket: Ticket | None, at: datetime) -> None:
    """Give it the clocks of the promise that holds for it now, by the calendar of its department."""
    if ticket is None:
        return
    policy, known = (
        SlaPolicy.of(ticket.priority, ticket.customer_id),
        {one.kind: one for one in TicketClock.of(ticket.id)},
    )
    for kind in KINDS:
        awaited = kind == "solution" or ticket.customer_id is not None  # nobody waits for an answer who is not there
        seconds, clock = policy.seconds(kind) if policy and awaited else None, known.get(kind)
        if clock and seconds is None:
            db.session.delete(clock)
        elif clock and seconds is not None:
            move(clock, ticket, at)
            clock.allow(seconds, calendar_of(ticket.department_id))
        elif seconds is not None:
            wind_up(ticket, kind, seconds)
    settle(ticket)


def move(clock: TicketClock, ticket: Ticket, at: datetime) -> None:
    """What has passed was counted by the calendar of the department where it was."""
    if clock.department_id != ticket.department_id:
        runs = clock.running_since is not None
        clock.pause(at, calendar_of(clock.department_id))
        clock.department_id = ticket.department_id
        if runs:
            clock.run(at, calendar_of(ticket.department_id))


def wind_up(ticket: Ticket, kind: str, seconds: int) -> None:
    """A new clock, as it stands after what was said and done already."""
    clock = TicketClock(ticket_id=ticket.id, department_id=ticket.department_id, kind=kind, allowed=seconds, spent=0.0)
    calendar, runs, begun = calendar_of(ticket.department_id), ticket.status in COUNTS, ticket.created_at
    answers, asked = said(ticket)
    if kind != "next":
        clock.start(begun, calendar, runs)
    elif answers and (waiting := [at for at in asked if at > answers[-1]]):
        clock.start(max(waiting[0], begun), calendar, runs)
    if kind == "first" and answers:
        clock.meet(max(answers[0], begun), calendar)
    if kind == "solution" and ticket.solved_at:
        clock.meet(ticket.solved_at, calendar)
    clock.save()


def said(ticket: Ticket) -> tuple[list[datetime], list[datetime]]:
    """When employees answered in its conversations, and when customers wrote, each in order."""
    part = TicketConversation
    here = and_(part.tenant_id == Message.tenant_id, part.conversation_id == Message.conversation_id)
    inside = Message.seq >= part.from_seq, or_(part.until_seq.is_(None), Message.seq < part.until_seq)
    who = and_(Person.tenant_id == Message.tenant_id, Person.id == Message.sender_id)
    query = select(SIDE, Message.created_at).select_from(Message).join(part, here).join(Person, who)
    query = query.where(part.ticket_id == ticket.id, Message.kind.in_(SAID), *inside)
    lines = db.session.execute(query.order_by(Message.created_at).limit(LOOKED_AT)).all()
    both = [[at for kind, at in lines if kind == wanted] for wanted in ("employee", "customer")]
    return both[0], both[1]


def settle(ticket: Ticket) -> None:
    """Let the lists know what breaks next."""
    db.session.flush()
    running = [(clock.due_at, clock.kind) for clock in TicketClock.of(ticket.id) if clock.due_at]
    ticket.breaks_at, ticket.breaks_kind = min(running, default=(None, None))
    note("ticket.clocks_changed", ticket)


@every(seconds=30)
def watch() -> None:
    """Warn before a promise breaks, mark it when it has, and tell the next: each once, however many processes do it."""
    watch_clocks()
    db.session.flush()
    ladder.climb_all()


def watch_clocks() -> None:
    moment = now()
    warns = and_(TicketClock.warn_at <= moment, TicketClock.warned_at.is_(None))
    breaks = and_(TicketClock.due_at <= moment, TicketClock.broken_at.is_(None))
    query = select(TicketClock).where(or_(warns, breaks)).order_by(TicketClock.due_at).limit(AT_ONCE)
    query = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    for clock in db.session.scalars(query).all():
        ticket = Ticket.find(id=clock.ticket_id)
        if not is_met_meanwhile(clock, ticket):
            ring(clock, ticket, moment)


def ring(clock: TicketClock, ticket: Ticket, moment: datetime) -> None:
    broken = clock.due_at is not None and clock.due_at <= moment
    clock.warned_at = clock.warned_at or moment
    clock.broken_at = clock.due_at if broken else None
    record("ticket.clock_broken" if broken else "ticket.clock_warned", ticket, kind=clock.kind, clock=str(clock.id))
    ladder.begin(ticket, clock.kind)


def is_met_meanwhile(clock: TicketClock, ticket: Ticket) -> bool:
    """Whether what stops it has happened already and only waits to be heard."""
    if ticket.status not in COUNTS:
        return True
    return clock.kind != "solution" and any(at >= (clock.started_at or at) for at in said(ticket)[0])
