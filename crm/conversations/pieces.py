"""The two pieces that make most of a page: a message, and a line of a list."""

from typing import Any

from flask import get_template_attribute
from markupsafe import Markup

from ..templating import remembered, render_piece
from .models import Message

BUBBLE = "conversations/_message.html"


def bubble(message: Message, audience: str = "staff") -> Markup:
    """One message for employees or for the customer: on the page, in the answer and in the push."""
    values = {"message": message, "audience": audience}
    if not message.plain or message.sender is None:
        return render_piece(BUBBLE, **values)
    key = (
        message.id,
        message.staff_position,
        audience,
        message.sender_id,
        message.sender.name,
        message.sender.shown_name,
    )
    return remembered(BUBBLE, key, **values)


def line(row: Any, is_open: bool, place: str = "") -> Markup:
    """A line of a list of conversations; `row` is a lists.Row, `is_open` whether its conversation stands beside, and
    `place` which list this is, see inbox.place()."""
    return remembered("conversations/_row.html", (row, is_open, place), row=row, is_open=is_open, place=place)


def face(person: Any) -> str:
    """Somebody's initials, as they stand beside a message."""
    return str(get_template_attribute("_ui.html", "avatar")(person, "sm"))
