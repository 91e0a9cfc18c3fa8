"""Asking once, after a poor rating was looked into, whether it was made right: a mail, and the page behind its link.

The page needs no JavaScript, and opening it changes nothing.
"""

from typing import Any

from flask import Blueprint, g, render_template
from werkzeug.exceptions import Gone

from ..conversations.models import FollowUp
from ..conversations.models.rating import AlreadyRated
from ..db import now
from ..events import Event, commit, later, record
from ..extensions import csrf, limiter
from ..forms import filled
from ..locale import language_of
from ..mail import queue_mail
from ..tenancy import public_link
from ..web import Invalid, choice, read, text
from .limits import address
from .links import Links

LINKS = Links("follow-up", days=30)
bp = Blueprint("recoveries", __name__)
csrf.exempt(bp)  # the link's own token is the proof; a session is not needed


@later("follow_up.done")
def ask_whether_right(event: Event) -> None:
    """Once, however often it is finished. Not somebody blocked, and not somebody we cannot reach."""
    follow_up = FollowUp.locked(id=event.subject_id)
    customer = follow_up.rating.customer
    if follow_up.asked_at or follow_up.done_at is None or customer.blocked_at or not customer.contact_email:
        return
    link = public_link("recoveries.page", token=token_of(follow_up))
    language, key = language_of(customer), f"follow_up:{follow_up.id}"
    queue_mail(key, str(customer.contact_email), "made_right", language, follow_up=follow_up, link=link)
    follow_up.asked_at = now()
    record("follow_up.asked", follow_up)


# -- the link


def token_of(follow_up: FollowUp) -> str:
    return LINKS.key(follow_up.id)


def open_link(token: str, lock: bool = False) -> FollowUp:
    """The follow-up of a link. Raises Gone when it is too old, and NotFound for a forged or foreign one."""
    id, _ = LINKS.read(token)
    follow_up = FollowUp.locked(id=id) if lock else FollowUp.find(id=id)
    if follow_up.rating.customer.blocked_at:
        raise Gone()
    return follow_up


# -- the page


@bp.get("/made-right/<token>")
@limiter.limit("60 per minute", key_func=address)
def page(token: str) -> Any:
    follow_up = open_link(token)
    return drawn("already" if follow_up.answered_at else "ask", follow_up)


@bp.post("/made-right/<token>")
@limiter.limit("20 per minute", key_func=address)
def answer(token: str) -> Any:
    g.follow_up = follow_up = open_link(token, lock=True)
    fields = read(made_right=choice("yes", "no"), answer=text(max=2_000, optional=True))
    follow_up.take_answer(fields["made_right"] == "yes", fields["answer"])
    commit()
    return drawn("thanks", follow_up)


@bp.errorhandler(Gone)
def show_too_old(_error: Gone) -> Any:
    return drawn("expired"), 410


@bp.errorhandler(AlreadyRated)
def show_given(_error: AlreadyRated) -> Any:
    return drawn("already", g.follow_up), 409


@bp.errorhandler(Invalid)
def show_again(error: Invalid) -> Any:
    return drawn("ask", g.follow_up, errors=error.errors), 422


def drawn(state: str, follow_up: FollowUp | None = None, errors: dict[str, str] | None = None) -> str:
    if follow_up is not None:
        g.actor = follow_up.rating.customer  # the page speaks the customer's language
    facts = {"state": state, "follow_up": follow_up, "form": filled(made_right="", answer=""), "errors": errors or {}}
    return render_template("portal/made_right.html", **facts)
