"""One ticket: its page, the parts of it that load again, and what is done with it."""

from typing import Any
from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ..accounts.kinds import as_field, moment
from ..accounts.models import Department, Employee
from ..conversations import talk
from ..conversations.models import Conversation
from ..conversations.watching import others_of
from ..db import now
from ..events import commit
from ..web import checkbox, choice, clean, integer, permitted, read, text, uuid, wants_fragment
from . import queries
from .blueprint import bp
from .board import people
from .models import PRIORITIES, STATUSES, TYPES, ChecklistItem, Ticket
from .models.parts import LINKS
from .models.talking import begin
from .models.ticket import MOVES
from .refusing import told_at
from .words import STATUS_WORDS


@bp.get("/tickets/<int:number>")
@permitted("tickets.read")
def show(number: int) -> Any:
    line = look(number)
    talks = queries.stretches(line.Ticket)
    return render_template("tickets/ticket.html", **head(line) | talking(line.Ticket, talks) | beside(line, talks))


@bp.get("/tickets/<int:number>/<any(header, panel, thread, composer):part>")
@permitted("tickets.read")
def part(number: int, part: str) -> Any:
    return drawn(part, number)


@bp.get("/tickets/<int:number>/earlier")
@permitted("tickets.read")
def earlier(number: int) -> Any:
    ticket = find(number)
    return render_template("tickets/_earlier.html", ticket=ticket, page=queries.thread(ticket))


@bp.post("/conversations/<int:number>/ticket")
@permitted("tickets.edit")
def create(number: int) -> Any:
    """Make a ticket of a conversation, or go to the one that it has."""
    conversation = Conversation.locked(number=number)
    if conversation.is_internal:
        abort(404)
    ticket = Ticket.open_from(conversation, current_user)
    commit()
    return redirect(url_for(".show", number=ticket.number), 303)


@bp.post("/tickets/<int:number>")
@permitted("tickets.edit")
def update(number: int) -> Any:
    """Whichever fields of the header were sent."""
    ticket, fields = Ticket.locked(number=number), read(**{n: k for n, k in FIELDS.items() if n in request.form})
    for name, value in fields.items():
        write(ticket, name, value)
    return done(ticket, "header")


@bp.post("/tickets/<int:number>/following")
@permitted("tickets.read")
def follow(number: int) -> Any:
    ticket, on = Ticket.locked(number=number), read(on=checkbox())["on"]
    (ticket.follow if on else ticket.unfollow)(current_user)
    return done(ticket, "panel")


@bp.post("/tickets/<int:number>/tags")
@permitted("tickets.edit")
def tag(number: int) -> Any:
    ticket = Ticket.locked(number=number)
    ticket.tag(read(tag=text(max=40, lines=False))["tag"])
    return done(ticket, "panel")


@bp.post("/tickets/<int:number>/tags/removal")
@permitted("tickets.edit")
def untag(number: int) -> Any:
    ticket = Ticket.locked(number=number)
    ticket.untag(read(tag=text(max=40, lines=False))["tag"])
    return done(ticket, "panel")


@bp.post("/tickets/<int:number>/links")
@permitted("tickets.edit")
def link(number: int) -> Any:
    ticket, fields = Ticket.locked(number=number), read(other=written_number(), kind=choice(*LINKS))
    with told_at("other"):
        ticket.link(Ticket.find(number=fields["other"]), fields["kind"])
    return done(ticket, "panel")


@bp.post("/tickets/<int:number>/links/removal")
@permitted("tickets.edit")
def unlink(number: int) -> Any:
    ticket, fields = Ticket.locked(number=number), read(other=written_number(), kind=choice(*LINKS))
    ticket.unlink(Ticket.find(number=fields["other"]).id, fields["kind"])
    return done(ticket, "panel")


@bp.post("/tickets/<int:number>/items")
@permitted("tickets.edit")
def add_item(number: int) -> Any:
    ticket = Ticket.locked(number=number)
    ticket.add_item(**read(text=text(max=200, lines=False), due_at=moment()))
    return done(ticket, "panel")


@bp.post("/tickets/<int:number>/items/<uuid:id>")
@permitted("tickets.edit")
def tick(number: int, id: UUID) -> Any:
    ticket = Ticket.locked(number=number)
    ticket.tick(ChecklistItem.find(id=id, ticket_id=ticket.id), current_user, read(done=checkbox())["done"])
    return done(ticket, "panel")


@bp.post("/tickets/<int:number>/items/<uuid:id>/due")
@permitted("tickets.edit")
def plan_item(number: int, id: UUID) -> Any:
    """By when, or whenever."""
    ticket = Ticket.locked(number=number)
    ticket.plan(ChecklistItem.find(id=id, ticket_id=ticket.id), **read(due_at=moment()))
    return done(ticket, "panel")


@bp.post("/tickets/<int:number>/conversations")
@permitted("tickets.edit")
def take_in(number: int) -> Any:
    wanted = read(conversation=written_number())["conversation"]
    with told_at("conversation", _("There is no such conversation. Look at its number.")):
        conversation = Conversation.locked(number=wanted)
    ticket = Ticket.locked(number=number)
    ticket.guard()
    with told_at("conversation"):
        ticket.take_in(conversation)
    return done(ticket, "panel")


@bp.post("/tickets/<int:number>/solution")
@permitted("tickets.edit")
def solve(number: int) -> Any:
    ticket = Ticket.locked(number=number)
    ticket.solve()
    return done(ticket, "header")


@bp.post("/tickets/<int:number>/reopening")
@permitted("tickets.edit")
def reopen(number: int) -> Any:
    conversation, ticket = in_hand(number)
    ticket.reopen(conversation)
    return done(ticket, "header")


@bp.post("/tickets/<int:number>/links-out/removal")
@permitted("tickets.edit")
def revoke_links(number: int) -> Any:
    """What was sent of links to the customer's page opens nothing any more."""
    ticket = Ticket.locked(number=number)
    ticket.revoke_links()
    return done(ticket, "panel")


@bp.post("/tickets/<int:number>/answering")
@permitted("conversations.reply")
def go_on(number: int) -> Any:
    """Reopen its conversation, so that one can answer, or begin one."""
    conversation, ticket = in_hand(number)
    ticket.guard_forsaken()
    if conversation:
        conversation.reopen()
    elif ticket.customer:
        begin(ticket, current_user)
    commit()
    return redirect(url_for(".show", number=number, _anchor="composer-body"), 303)  # browsers focus it


def find(number: int) -> Ticket:
    return queries.whole(number) or abort(404)


def look(number: int) -> Any:
    """With what hangs on it: see queries.opened."""
    return queries.opened(number) or abort(404)


def in_hand(number: int) -> tuple[Conversation | None, Ticket]:
    """The conversation where answers go and the ticket, locked in this order."""
    current = queries.current(find(number))
    return Conversation.locked(id=current.id) if current else None, Ticket.locked(number=number)


def written_number() -> Any:
    """A number, as people write it: 12 or #12."""
    return lambda value: integer(1, 2**31 - 1)(clean(str(value or ""), 20).strip().removeprefix("#"))


FIELDS = {
    "subject": text(max=200, lines=False), "type": choice(*TYPES), "priority": choice(*PRIORITIES),
    "status": choice(*STATUSES), "assignee_id": uuid(optional=True), "department_id": uuid(optional=True),
    "due_at": moment(),
}  # fmt: skip


def write(ticket: Ticket, name: str, value: Any) -> None:
    """Raises NoSuchMove, and NotFound for people and departments that are not (or no more) here."""
    if name == "status":
        ticket.set_status(value)
    elif name == "assignee_id":
        ticket.assign(Employee.find(id=value, deactivated_at=None) if value else None)
    elif name == "department_id":
        ticket.change(name, Department.find(id=value, archived_at=None).id if value else None)
    else:
        ticket.change(name, value)


def done(ticket: Ticket, part: str) -> Any:
    """The part of the page that shows it, or the page."""
    commit()
    if not wants_fragment():
        return redirect(url_for(".show", number=ticket.number), 303)
    return drawn(part, ticket.number)


def drawn(part: str, number: int) -> str:
    if part in ("header", "panel"):
        shown = (head if part == "header" else beside)(look(number))
    else:
        shown = {"ticket": (ticket := find(number)), **talking(ticket)}
    return render_template(f"tickets/_{part}.html", **shown)


def head(line: Any) -> dict[str, Any]:
    """The header: its choices are [(value, word)], of statuses those that may follow; `line` comes from `look`."""
    ticket, found = line.Ticket, people()
    assignees = [("", _("Nobody")), *((one.id, one.shown_name) for one in found["employees"])]
    places = [("", _("None")), *((one.id, one.name) for one in found["departments"])]
    onward = () if ticket.is_forsaken else MOVES[ticket.status]
    statuses = [(key, STATUS_WORDS[key]) for key in STATUSES if key == ticket.status or key in onward]
    due = as_field(ticket.due_at)
    return {"ticket": ticket, "may_edit": may_edit(ticket), "assignees": assignees, "places": places,
            "statuses": statuses, "due_local": due, "watchers": others_of(line.watchers, current_user.id)}  # fmt: skip


def may_edit(ticket: Ticket) -> bool:
    return current_user.may("tickets.edit") and not ticket.is_forsaken


def talking(ticket: Ticket, talks: Any = None) -> dict[str, Any]:
    """The thread: `before` stands above the messages of `conversation`, into which answers go."""
    talks, page = talks or queries.stretches(ticket), queries.thread(ticket)
    answered = queries.answered_in(talks)
    conversation = answered or next((line.Conversation for line in talks if line.until_seq is None), None)
    foreign = [
        at for at, message in enumerate(page.rows) if not conversation or message.conversation_id != conversation.id
    ]
    cut = foreign[-1] + 1 if foreign else 0
    parts = {"before": page.rows[:cut], "messages": page.rows[cut:], "page": page}
    can = talk.can(conversation, current_user) - {"accept"} if conversation else set()
    may_begin = answered is None and ticket.customer and current_user.may("conversations.reply")
    return {
        "conversation": conversation,
        "can": can,
        "may_begin": may_begin,
        "colleague": None,
        "many": len(talks) > 1,
        **parts,
    }


def beside(line: Any, talks: Any = None) -> dict[str, Any]:
    """What the panel shows; `line` comes from `look`."""
    hanging, talks = queries.hanging(line), talks or queries.stretches(line.Ticket)
    follows = any(follower.id == current_user.id for follower in hanging["followers"])
    found = {"conversations": queries.conversations_in(talks), "follows": follows}
    shown = {"ticket": line.Ticket, "may_edit": may_edit(line.Ticket), "moment": now()}
    return {**shown, **hanging, **found}
