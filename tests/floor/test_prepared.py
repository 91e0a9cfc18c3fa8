"""Statements that are made once pass by the listener that puts up the wall: in each, every table has it already."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

from sqlalchemy.dialects import postgresql

from crm import timeline
from crm.accounts.browser import SIGNED_IN
from crm.conversations import lists, queries, telling
from crm.conversations.models import Conversation
from crm.conversations.received import queries as received
from crm.customers import company_page
from crm.customers import page as customer_page
from crm.db import Record, query_by
from crm.listing.models import SEEN_BY
from crm.notifications import queries as told
from crm.notifications.models import Notification
from crm.paging import page_of
from crm.tickets import board, fitting, search
from crm.tickets import lists as ticket_lists
from crm.tickets import queries as ticket_queries
from crm.tickets.models import Ticket

MODELS = [mapper.class_ for mapper in Record.registry.mappers if issubclass(mapper.class_, Record)]
TABLES = {model.__table__.name for model in MODELS}
NAMED = re.compile(r"(?:FROM|JOIN|,)\s+(\w+)(?: AS (\w+))?(?=\s|$)")
BOTH = (False, True)


def prepared() -> Iterator[tuple[str, Any]]:
    yield from {"signed in": SIGNED_IN, "whole": queries.WHOLE, "opened": queries.OPENED}.items()
    yield "with a colleague", queries.WITH_COLLEAGUE
    yield from (
        (f"{model.__name__} {locked}", query_by(model, (("id", False),), locked)) for model in MODELS for locked in BOTH
    )
    yield from ((f"changes {who}", queries.changes_of(who)) for who in BOTH)
    yield from ((f"thread {who} {on}", queries.thread_of(who, on)) for who in BOTH for on in BOTH)
    yield from tickets()
    yield from ((f"told {name}", getattr(told, name)) for name in ("MINE", "NEWEST", "GIVEN", "NUMBER", "OF_ONE"))
    yield from ((f"received {name}", getattr(received, name)) for name in ("SENT_BY", "KNOWN_AMONG", "HERE"))
    yield "what was said", telling.SAID
    yield "a customer's page", customer_page.reading()
    yield "a company's page", company_page.reading_company()
    for kind, alone, goes_on in product(("", *timeline.kinds), BOTH, BOTH):
        yield f"timeline {kind} {alone} {goes_on}", timeline.lines_of(kind, alone, goes_on, not goes_on)
        yield f"timeline of many {kind} {goes_on}", timeline.lines_of_many(kind, alone, goes_on, not goes_on)
    yield "told next", page_of(told.MINE, (Notification.id,), 30, True, True)
    for viewer in (lists.Viewer(role, placed) for role in ("agent", "lead") for placed in BOTH):
        yield f"counts {viewer}", lists.counts_for(viewer)
        for view in lists.VIEWS:
            lines = lists.lines_of(view, viewer)
            yield f"lines {view} {viewer}", lines
            keys = (Conversation.last_message_at, Conversation.id)
            yield f"next lines {view} {viewer}", page_of(lines, keys, 50, True, True)


def tickets() -> Iterator[tuple[str, Any]]:
    names = (
        "WHOLE",
        "THREAD_OF",
        "THREAD_FOR_CUSTOMER",
        "CONVERSATIONS",
        "OPENED",
        "OF_CONVERSATION",
    )
    yield from ((f"tickets {name}", getattr(ticket_queries, name)) for name in names)
    yield "to whom tickets may go", board.PEOPLE
    yield "views of tickets", SEEN_BY
    yield from {
        "what is found": search.dressing(),
        "what fits": fitting.FITTING,
    }.items()
    yield from ((f"tickets counted {placed}", ticket_lists.counts_for(placed)) for placed in BOTH)
    for view, sort in product(ticket_lists.VIEWS, ticket_lists.SORTS):
        asked = ticket_lists.Asked(view, sort, tuple(sorted(ticket_lists.FILTERS)), 2, True)
        lines, keys = ticket_lists.lines_of(asked), (ticket_lists.KEYS[sort], Ticket.id)
        yield f"tickets {view} {sort}", lines
        yield f"tickets counted {view} {sort}", ticket_lists.count_of(asked)
        yield f"next tickets {view} {sort}", page_of(lines, keys, 30, True, True)


def without_wall(sql: str) -> list[str]:
    """Tables and aliases that stand somewhere without the tenant of the moment, or that of a row which has it."""
    named = Counter(alias or table for table, alias in NAMED.findall(sql) if table in TABLES)
    tied = {
        name: re.findall(rf"\b{name}\.tenant_id = (?:%\(tenant_of_the_moment|\w+\.tenant_id)", sql) for name in named
    }
    return [name for name, count in named.items() if len(tied[name]) < count]


def test_every_table_of_a_prepared_statement_is_behind_the_wall(app):
    with app.app_context():
        for name, statement in prepared():
            sql = str(statement.compile(dialect=postgresql.dialect()))
            assert "tenant_of_the_moment" in sql and without_wall(sql) == [], (name, sql)


def test_a_table_without_it_is_found():
    assert without_wall("SELECT 1 FROM people AS p WHERE p.id = 1") == ["p"]
    assert without_wall("SELECT 1 FROM people WHERE people.tenant_id = %(tenant_of_the_moment)s") == []
