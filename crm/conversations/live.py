"""Employees' sockets: one for the frame (inbox and what concerns them), one for the open conversation."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import abort
from flask_login import current_user
from sqlalchemy import select

from .. import realtime
from ..accounts.browser import loaded, still_signed_in
from ..db import db
from ..realtime import Audience, live, positioned
from ..tenancy import current_tenant
from . import topics
from .blueprint import bp
from .models import Conversation
from .models.message import SAID
from .routes import find


@positioned("conversation")
def conversation_positions(ids: list[UUID]) -> dict[tuple[UUID, str], int]:
    query = select(Conversation.id, Conversation.staff_position, Conversation.customer_position)
    lines = db.session.execute(query.where(Conversation.id.in_(ids))).all()
    staff = {(line.id, "staff"): line.staff_position for line in lines}
    return staff | {(line.id, "customer"): line.customer_position for line in lines}


@live(bp, "/live")
def live_frame() -> Audience:
    session_id = signed_in()
    heard = (topics.inbox(current_tenant.id), topics.employee(current_tenant.id, current_user.id))
    return Audience(heard, lambda: still_signed_in(session_id), current_user.id)


@live(bp, "/conversations/<int:number>/live")
def live_conversation(number: int) -> Audience:
    session_id = signed_in()
    conversation = find(number)
    on_frame = typing_teller(conversation, current_user.shown_name, str(current_user.id))
    return Audience((conversation.topic,), lambda: still_signed_in(session_id), current_user.id, on_frame)


def signed_in() -> UUID:
    row = loaded("employee")
    if row is None:
        abort(401)
    if not current_user.may("conversations.read"):
        abort(403)
    return row.id


def typing_teller(conversation: Conversation, name: str, person: str) -> Callable[[dict[str, Any]], None]:
    """Takes `{"typing": true}` from the page and tells the others; the customer only when a reply is written."""
    staff, customer = conversation.topic, conversation.customer_topic
    internal = conversation.is_internal

    def on_frame(frame: dict[str, Any]) -> None:
        if frame.get("typing") not in (*SAID, "note"):
            return
        realtime.signal(staff, "typing", name=name, person=person)
        if frame["typing"] in SAID and not internal:
            realtime.signal(customer, "typing", name=name)

    return on_frame
