"""A ticket as its customer sees it: how it stands, who has it, what comes next, and all that was said, by a link alone."""

from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, url_for
from werkzeug.exceptions import Gone

from .. import realtime
from ..conversations import talk
from ..conversations.models import Conversation
from ..db import uuid7
from ..events import commit
from ..events import now as at_once
from ..extensions import csrf, limiter
from ..realtime import Audience, live
from ..tickets import queries
from ..tickets.models import Ticket
from ..tickets.words import CASE_WORDS, NEXT_WORDS
from ..web import integer, read, read_query, uuid
from . import thread, views
from .case_links import Holder, goes_on, leads_on, link_of, open_key, still_opens
from .limits import MESSAGES, address, limited, uploads
from .live import audience

bp = Blueprint("cases", __name__)
csrf.exempt(bp)  # the key in the address is the proof; there is no session


@bp.url_value_preprocessor
def take_key(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.case_key = (values or {}).pop("key", "")


@bp.url_defaults
def give_key(_endpoint: str, values: dict[str, Any]) -> None:
    if "case_key" in g:
        values.setdefault("key", g.case_key)


@bp.before_request
def open_link() -> None:
    """Everything here is done as the ticket's customer, and for this ticket alone."""
    g.case = ticket = open_key(g.case_key)
    assert ticket.customer
    g.visitor = Holder(ticket.customer, key=g.case_key, ticket_id=ticket.id)
    g.actor = ticket.customer


@bp.errorhandler(Gone)
def show_too_old(_error: Gone) -> Any:
    return render_template("cases/gone.html"), 410


@bp.context_processor
def facts() -> dict[str, Any]:
    """What every part of the page names."""
    if "case" not in g:
        return {}
    ticket: Ticket = g.case
    words = {"state": CASE_WORDS[ticket.status], "next_step": NEXT_WORDS[ticket.status]}
    after = goes_on(ticket)
    after_link = link_of(after) if after and leads_on(after) else None
    return {"ticket": ticket, "after": after, "after_link": after_link, **words}


@bp.get("/cases/<key>")
@limiter.limit("120 per minute", key_func=address)
def page() -> Any:
    return render_template("cases/case.html", **timeline(g.case))


@bp.get("/cases/<key>/earlier")
@limited("60 per minute")
def earlier_page() -> Any:
    return render_template("cases/_earlier.html", page=queries.thread(g.case, for_customer=True))


@bp.get("/cases/<key>/session")
@limited("60 per minute")
def session_here() -> Any:
    """For a page that was open for long: its key still opens."""
    return {"token": "case"}


def show(number: int) -> Any:
    """A conversation of the case stands on its page."""
    thread.mine(number)
    return redirect(url_for(".page"), 303)


@uploads
@limiter.limit("30 per minute; 300 per hour", key_func=address)
@limited("6 per minute; 40 per hour")
def begin() -> Any:
    """What the customer says when no conversation belongs to the case any more."""
    if goes_on(g.case):
        abort(409)
    conversation, message = thread.first_message(join)
    commit()
    return thread.answer(conversation, message)


def join(conversation: Conversation) -> None:
    Ticket.locked(id=g.case.id).take_in(conversation)


@uploads
@limited(MESSAGES)
def create_message(number: int) -> Any:
    """An answer to a case goes on in its conversation, also when that was closed."""
    conversation, id = thread.mine_locked(number), read(client_id=uuid())["client_id"]
    if conversation.status == "closed" and not talk.is_posted(conversation, g.visitor.customer, id):
        conversation.reopen()
    return thread.take_message(number)


@limited("240 per minute")
def changes(number: int) -> Any:
    """Of what belongs to the case: before, the conversation may have been another's."""
    conversation, after = thread.mine(number), read_query(after=integer(0, thread.LAST))["after"]
    return talk.changes_page(conversation, after, "customer", since=g.visitor.begins(conversation.id))


thread.add_to(bp, "/cases/<key>", show=show, begin=begin, create_message=create_message, changes=changes)


def timeline(ticket: Ticket) -> dict[str, Any]:
    """`before` stands above the messages of `conversation`, which is live and takes the answers."""
    talks, said = queries.stretches(ticket), queries.thread(ticket, for_customer=True)
    conversation = queries.answered_in(talks)
    foreign = [at for at, one in enumerate(said.rows) if not conversation or one.conversation_id != conversation.id]
    cut = foreign[-1] + 1 if foreign else 0
    parts = views.parts(conversation) if conversation else {"conversation": None}
    shown = {"before": said.rows[:cut], "messages": said.rows[cut:], "page": said}
    ways = {line.Conversation.id: line.Conversation.channel for line in talks}
    return {**parts, **shown, "ways": ways, "audience": "customer", "client_id": uuid7()}


@live(bp, "/cases/<key>/conversations/<int:number>/live")
def live_case(number: int) -> Audience:
    """The customer's side of the conversation, and of how the case stands."""
    open_link()
    key, conversation = g.case_key, thread.mine(number)
    heard, id = audience(conversation, lambda: True), conversation.id
    return Audience(
        (*heard.topics, g.case.customer_topic), lambda: still_opens(key, id), heard.person_id, heard.on_frame
    )


@at_once("ticket.status_changed", "ticket.assigned", "ticket.changed", "ticket.followed_up", "ticket.rating_asked")
def show_state(happened: Any) -> None:
    realtime.refresh(happened.subject.customer_topic, "state")


@at_once("ticket.status_changed", "ticket.rating_asked")
def show_stars(happened: Any) -> None:
    """Also where its customer talks: they are asked there when it is solved, and no more when it goes on."""
    for conversation in queries.conversations(happened.subject):
        realtime.refresh(conversation.customer_topic, "state")
