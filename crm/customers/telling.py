"""What a customer's page tells of themselves."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ..db import db
from ..timeline import Line, kind, told
from .models import Company, Purpose
from .words import stage_words

kind("stages", _l("Stages"), "stairs-up", "customer.stage_changed", place=80)
kind("consents", _l("Consents"), "circle-check", "customer.consented", "customer.withdrew", place=90)


@told("customer.created", "customer.blocked", "customer.unblocked", "customer.merged", "customer.parted")
def tell_of_row(events: list[Any]) -> dict[UUID, Line]:
    lines = {
        "customer.created": Line("user-plus", _("Known for the first time")),
        "customer.blocked": Line("ban", _("Blocked as spam"), tone="bad"),
        "customer.unblocked": Line("circle-check", _("Not blocked any more")),
        "customer.merged": Line("users", _("Another customer became a part of this one")),
        "customer.parted": Line("users", _("A merge was undone")),
    }
    return {event.id: by(lines[event.name], event) for event in events}


@told("company.created", "company.merged", "company.parted")
def tell_of_company(events: list[Any]) -> dict[UUID, Line]:
    sentences = {
        "company.created": _("The company was added"),
        "company.merged": _("Another company became a part of this one"),
        "company.parted": _("A merge was undone"),
    }
    return {event.id: by(Line("building", sentences[event.name]), event) for event in events}


@told("customer.stage_changed")
def tell_of_stages(events: list[Any]) -> dict[UUID, Line]:
    words = dict(stage_words())
    return {event.id: by(Line("stairs-up", stage_sentence(event.facts, words), tone="good"), event) for event in events}


def stage_sentence(facts: dict[str, Any], words: dict[str, str]) -> str:
    before, after = (words.get(facts.get(name) or "", facts.get(name) or _("Not known")) for name in ("from", "to"))
    return _("Stage: %(before)s → %(after)s", before=before, after=after)


@told("customer.consented", "customer.withdrew")
def tell_of_consents(events: list[Any]) -> dict[UUID, Line]:
    names = names_in(Purpose, events, "purpose_id")
    return {event.id: by(consent_line(event, names), event) for event in events}


def names_in(model: Any, events: list[Any], fact: str) -> dict[str, str]:
    """{id: name} of the rows that the events name."""
    query = select(model.id, model.name).where(model.id.in_({UUID(event.facts[fact]) for event in events}))
    return {str(row.id): row.name for row in db.session.execute(query)}


def consent_line(event: Any, names: dict[str, str]) -> Line:
    name = names.get(event.facts["purpose_id"], "")
    if event.name == "customer.consented":
        return Line("circle-check", _("Allowed: %(purpose)s", purpose=name), tone="good")
    return Line("circle-x", _("Took back: %(purpose)s", purpose=name), tone="warn")


@told("customer.placed", "customer.left")
def tell_of_places(events: list[Any]) -> dict[UUID, Line]:
    names = names_in(Company, events, "company_id")
    return {event.id: by(place_line(event, names), event) for event in events if event.facts["company_id"] in names}


def place_line(event: Any, names: dict[str, str]) -> Line:
    id = event.facts["company_id"]
    if event.facts.get("anew"):
        sentence = _("What they are at %(company)s was changed", company=names[id])
        return Line("building", sentence, f"/companies/{id}")
    if event.name == "customer.placed":
        return Line("building", _("Works at %(company)s", company=names[id]), f"/companies/{id}")
    return Line("building", _("Does not work at %(company)s any more", company=names[id]), f"/companies/{id}")


def by(line: Line, event: Any) -> Line:
    """The same, with the colleague who did it."""
    return replace(line, by=event.actor_name) if event.actor_kind == "employee" and event.actor_name else line
