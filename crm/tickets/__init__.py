"""Tickets: pieces of work that are tracked until they are solved."""

from importlib import import_module

from flask import Flask
from flask_babel import lazy_gettext as _l

from ..customers.fields import has_fields

# Each registers what it holds: routes, sockets, reactions, panels.
MODULES = (
    "board",
    "bulk",
    "routes",
    "opening",
    "going_on",
    "live",
    "events",
    "rating",
    "panels",
    "telling",
    "settings",
    "merging",
    "spam",
    "saved",
    "search",
    "palette",
    "indexing",
    "reindexing",
    "clocks",
    "ladder",
    "waiting",
    "closing",
    "promises",
    "forgetting",
    "importable",
)


def init_app(app: Flask) -> None:
    for name in MODULES:
        import_module(f".{name}", __name__)
    from . import blueprint, words
    from .models import Ticket
    from .models.guarded import Forsaken

    has_fields(Ticket, _l("Tickets"), "tickets", "ticket_end", "/tickets/{row.number}", beside=True,
               refuses=lambda ticket: Forsaken() if ticket.is_forsaken else None)  # fmt: skip
    app.register_blueprint(blueprint.bp)
    app.jinja_env.globals["ticket_words"] = {
        "status": words.STATUS_WORDS,
        "priority": words.PRIORITY_WORDS,
        "type": words.TYPE_WORDS,
        "link": words.LINK_WORDS,
        "linked": words.LINKED_WORDS,
    }
