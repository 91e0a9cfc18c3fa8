"""Asking for stars by e-mail, and the page behind the link: it needs no JavaScript, and opening it changes nothing."""

from typing import Any

from flask import Blueprint, g, render_template, request
from sqlalchemy import select
from werkzeug.exceptions import Gone

from ..conversations.asking import named_reasons
from ..conversations.models import Rating
from ..conversations.models.rating import AlreadyRated
from ..db import db, now
from ..events import commit, record
from ..extensions import csrf, limiter
from ..forms import filled
from ..jobs import every
from ..locale import language_of
from ..mail import queue_mail
from ..tenancy import public_link
from ..tickets.models import Ticket
from ..tickets.models.ticket import OVER
from ..web import Invalid, integer, read, text
from .limits import address
from .links import Links

LINKS = Links("rating", days=30)
AT_ONCE = 200
bp = Blueprint("ratings", __name__)
csrf.exempt(bp)  # the link's own token is the proof; a session is not needed


# -- the mail


@every(seconds=30)
def ask_by_mail() -> None:
    """One mail to everybody who left without rating, when the tenant's delay is over."""
    due = select(Rating).where(Rating.mail_due_at <= now()).order_by(Rating.mail_due_at).limit(AT_ONCE)
    for rating in db.session.scalars(due.with_for_update(skip_locked=True)).all():
        rating.mail_due_at = None
        if may_be_asked(rating):
            ask(rating)


def may_be_asked(rating: Rating) -> bool:
    """Not somebody blocked, not somebody we cannot reach, and not while it goes on again."""
    talk, ticket = rating.conversation, Ticket.first(id=rating.ticket_id) if rating.ticket_id else None
    ended = talk.status == "closed" and talk.episode == rating.episode
    if ticket:
        ended = ticket.status in OVER and ticket.episode == rating.ticket_episode
    return ended and rating.rated_at is None and not rating.customer.blocked_at and bool(rating.customer.contact_email)


def ask(rating: Rating) -> None:
    link = public_link("ratings.page", token=token_of(rating))
    language = language_of(rating.customer)
    queue_mail(f"rating:{rating.id}", str(rating.customer.contact_email), "rating", language, rating=rating, link=link)
    rating.mailed_at = now()
    record("rating.asked", rating)


def asked_with(ticket: Ticket) -> dict[str, Any]:
    """What the mail about a solution asks with: once, and then no other mail does. {rating, rate_link}, or nothing."""
    found = Rating.first(ticket_id=ticket.id, ticket_episode=ticket.episode, rated_at=None)
    rating = Rating.locked(id=found.id) if found else None
    if rating is None or rating.mailed_at or rating.rated_at:
        return {}
    rating.mail_due_at, rating.mailed_at = None, now()
    record("rating.asked", rating)
    return {"rating": rating, "rate_link": public_link("ratings.page", token=token_of(rating))}


# -- the link


def token_of(rating: Rating) -> str:
    return LINKS.key(rating.id)


def open_link(token: str, lock: bool = False) -> Rating:
    """The rating of a link. Raises Gone when it is too old, and NotFound for a forged or foreign one."""
    id, _ = LINKS.read(token)
    rating = Rating.locked(id=id) if lock else Rating.find(id=id)
    if rating.customer.blocked_at:
        raise Gone()
    return rating


# -- the page


@bp.get("/ratings/<token>")
@limiter.limit("60 per minute", key_func=address)
def page(token: str) -> Any:
    """The form, with the star chosen that was clicked in the mail; nothing is stored before it is sent."""
    rating = open_link(token)
    chosen = request.args.get("stars", "")
    return drawn("already" if rating.rated_at else "ask", rating, chosen if chosen in ("1", "2", "3", "4", "5") else "")


@bp.post("/ratings/<token>")
@limiter.limit("20 per minute", key_func=address)
def rate(token: str) -> Any:
    g.rating = rating = open_link(token, lock=True)
    rating.give(**read(stars=integer(1, 5), feedback=text(max=2_000, optional=True), reasons=named_reasons()))
    commit()
    return drawn("thanks", rating)


@bp.errorhandler(Gone)
def show_too_old(_error: Gone) -> Any:
    return drawn("expired"), 410


@bp.errorhandler(AlreadyRated)
def show_given(_error: AlreadyRated) -> Any:
    return drawn("already", g.rating), 409


@bp.errorhandler(Invalid)
def show_again(error: Invalid) -> Any:
    return drawn("ask", g.rating, errors=error.errors), 422


def drawn(state: str, rating: Rating | None = None, stars: str = "", errors: dict[str, str] | None = None) -> str:
    if rating is not None:
        g.actor = rating.customer  # the page speaks the customer's language
    ticket = Ticket.first(id=rating.ticket_id) if rating and rating.ticket_id else None
    facts = {
        "state": state,
        "rating": rating,
        "ticket": ticket,
        "form": filled(stars=stars, feedback="", reasons=[]),
        "errors": errors or {},
    }
    return render_template("portal/rating.html", **facts, formless=True)
