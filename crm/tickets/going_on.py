"""The way from one ticket to the next."""

from typing import Any

from flask import redirect, url_for
from flask_login import current_user

from ..web import integer, permitted, read_query
from . import lists
from .blueprint import bp


@bp.get("/tickets/next")
@permitted("tickets.read")
def go_to_next() -> Any:
    """What is promised soonest of one's own, else of what nobody has, but for the ticket that one comes from."""
    here = read_query(but=integer(0, 2**31 - 1, optional=True))["but"]
    for view in ("mine", "unassigned"):
        for row in lists.tickets(view, current_user, "breaks").rows:
            if row.number != here:
                return redirect(url_for(".show", number=row.number))
    return redirect(url_for(".index"))
