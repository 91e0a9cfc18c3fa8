"""What a customer's page tells of their tickets."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ..db import db
from ..timeline import Line, kind, told
from .models import Ticket
from .words import STATUS_WORDS

NAMES = ("ticket.opened", "ticket.imported", "ticket.status_changed")
kind("tickets", _l("Tickets"), "ticket", *NAMES)


@told(*NAMES)
def tell_of_tickets(events: list[Any]) -> dict[UUID, Line]:
    query = select(Ticket.id, Ticket.number, Ticket.subject)
    known = db.session.execute(query.where(Ticket.id.in_({event.subject_id for event in events})))
    rows = {row.id: row for row in known}
    return {event.id: line(event, rows[event.subject_id]) for event in events if event.subject_id in rows}


def line(event: Any, ticket: Any) -> Line:
    link, by = f"/tickets/{ticket.number}", event.actor_name if event.actor_kind == "employee" else ""
    if event.name == "ticket.opened":
        return Line(
            "ticket", _("Ticket #%(number)s was opened", number=ticket.number), link, ticket.subject, by=by or ""
        )
    if event.name == "ticket.imported":
        words = _("Ticket #%(number)s came with a file", number=ticket.number)
        return Line("ticket", words, link, ticket.subject, by=by or "", at=datetime.fromisoformat(event.facts["at"]))
    after = event.facts.get("after", "")
    words = _("Ticket #%(number)s: %(status)s", number=ticket.number, status=STATUS_WORDS.get(after, after))
    return Line("ticket", words, link, tone="good" if after in ("solved", "closed") else "", by=by or "")
