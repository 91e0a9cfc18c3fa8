"""The customers' sockets: the frame's says who it is in its first frame, the portal's by its cookie."""

from collections.abc import Callable
from typing import Any

from flask import abort, g

from .. import realtime
from ..accounts.browser import loaded, still_signed_in
from ..accounts.models import Session
from ..conversations import topics
from ..conversations.models import Conversation
from ..db import db
from ..realtime import Audience, Topic, live, live_by_frame
from . import portal, visitors, widget
from .thread import mine


@live_by_frame(widget.bp, "/my/conversations/<int:number>/live")
def live_widget(frame: dict[str, Any], number: int) -> Audience:
    """Raises NotRecognised, Blocked and NotFound, all of which end the socket with 4001."""
    g.visitor = g.actor = visitor = visitors.read_bearer(str(frame.get("bearer", "")))
    return audience(mine(number), lambda: visitors.still_welcome(visitor))


@live(portal.bp, "/help/conversations/<int:number>/live")
def live_portal(number: int) -> Audience:
    portal.sign_in_first()
    session = loaded("customer")
    if session is None or g.visitor is None:
        abort(401)
    return audience(mine(number), lambda: still_let_in(session))


def still_let_in(session: Session) -> bool:
    customer = db.session.get(type(session.person), (session.tenant_id, session.person_id), populate_existing=True)
    return still_signed_in(session.id) and customer is not None and getattr(customer, "blocked_at", None) is None


def audience(conversation: Conversation, allowed: Callable[[], bool]) -> Audience:
    """The customer's side of the conversation, and the news of those who wait."""
    customer = g.visitor.customer
    teller = typing_teller(conversation.topic, customer.shown_name, str(customer.id))
    return Audience((conversation.customer_topic, topics.queue(conversation.tenant_id)), allowed, customer.id, teller)


def typing_teller(staff: Topic, name: str, person: str) -> Callable[[dict[str, Any]], None]:
    def on_frame(frame: dict[str, Any]) -> None:
        if frame.get("typing"):
            realtime.signal(staff, "typing", name=name, person=person)

    return on_frame
