"""Tickets from files."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from ..accounts.models import Department, Person
from ..catalog.import_days import day, past_day
from ..catalog.import_purchases import CUSTOMER, address_in
from ..customers.import_fields import custom_fields, forget_values, gather, keep_values, preset
from ..customers.import_kinds import PARTED
from ..customers.models import ErasedCustomer
from ..db import db, now
from ..importing.kinds import Field, Importable, Link, Written, by_heart, grown, importable
from ..importing.preparing import Prepared
from ..numbers import next_numbers
from ..tenancy import current_tenant
from ..web import Kind, Unfit, clean, text
from .import_parts import Tags, begin_threads, end_threads, talked_about
from .import_sources import SOURCES
from .indexing import forget_all, take_in_tickets
from .models import Ticket
from .models.guarded import Forsaken
from .models.ticket import LONGEST_TAG, OVER
from .words import PRIORITY_WORDS, STATUS_WORDS, TYPE_WORDS

TABLE, PEOPLE, DEPARTMENTS = Ticket.__table__, Person.__table__, Department.__table__
LINE = text(max=200, lines=False, optional=True)
COLLEAGUES = by_heart(PEOPLE, PEOPLE.c.kind == "employee", PEOPLE.c.deactivated_at.is_(None))
ASSIGNEE = Link(COLLEAGUES, (("email", address_in),), _l("no colleague has the address or name “%(value)s”."))  # fmt: skip
DEPARTMENT = Link(by_heart(DEPARTMENTS, DEPARTMENTS.c.archived_at.is_(None)), (), _l("no department is called “%(value)s”."))  # fmt: skip
# The words of other programs, and of people.
STATUSES = {
    "new": "new neu",
    "open": "open working waitingonus escalated inprogress reopened todo offen inbearbeitung",
    "pending": "pending waiting waitingforcustomer waitingoncustomer waitingoncontact awaitingreply wartet",
    "hold": "hold onhold paused waitingonthirdparty angehalten",
    "solved": "solved resolved done fixed gelöst erledigt",
    "closed": "closed archived geschlossen",
}
PRIORITIES = {"low": "low minor p4 niedrig", "normal": "normal medium moderate p3 mittel", "high": "high major p2 hoch",
              "urgent": "urgent critical highest blocker p1 dringend"}  # fmt: skip
TYPES = {"question": "question request servicerequest frage", "problem": "problem bug", "incident": "incident störung",
         "task": "task featurerequest aufgabe"}  # fmt: skip
TOLD = {"subject", "type", "priority", "due_at"}


def word(known: dict[str, str], sentence: Any) -> Kind:
    """By other programs' words for it, also with more in brackets, as HubSpot names the pipeline of a status."""

    def kind(value: Any) -> str | None:
        typed = clean(value or "", 200).strip()
        plain = "".join(sign for sign in typed.partition("(")[0].lower() if sign.isalnum())
        found = next((name for name, words in known.items() if plain in words.split()), None)
        if typed and found is None:
            raise Unfit(str(sentence) % {"value": typed, "words": ", ".join(known)})
        return found

    return kind


def number(value: Any) -> int | None:
    typed = clean(value or "", 20).strip().lstrip("#")
    if typed and not (typed.isdecimal() and len(typed) <= 9):
        raise Unfit(_("Write a whole number."))
    return int(typed) if typed else None


def tags(value: Any) -> list[str]:
    parts = (part.strip().lower()[:LONGEST_TAG] for part in PARTED.split(clean(value or "", 4_000)))
    return list(dict.fromkeys(part for part in parts if part))


SENTENCE = _l("“%(value)s” is none of these: %(words)s.")


def said(words: dict[str, Any]) -> Any:
    return lambda value: str(words[value]) if value in words else value


def days(key: str, label: Any, kind: Any, *headings: str) -> list[Field]:
    """A day in three ways to write it, which `shape` makes one."""
    return [
        Field(key, label, kind(), headings=headings),
        Field(f"{key}_dmy", _l("%(field)s, as 31/12/2026", field=label), kind("dmy")),
        Field(f"{key}_mdy", _l("%(field)s, as 12/31/2026", field=label), kind("mdy")),
    ]


def moment(name: str, label: Any = "") -> Field:
    return Field(
        f"kept_{name}", label, str, name, offered=False, seen=lambda value: str(value or "")[:10] if label else None
    )


@importable
class Tickets(Importable):
    name, noun, word, icon = "tickets", "ticket", _l("Tickets"), "ticket"
    permission = "tickets.edit"
    table = TABLE
    finders = ("number",)
    parts = frozenset({"checklist_items", "ticket_links", "ticket_tags"})
    sources = SOURCES
    example = (
        "External id,Subject,Customer,Type,Priority,Status,Department,Assignee,Tags,Opened on,Note\n"
        'T-501,Zip is broken,mia@example.com,problem,high,open,,,"tents, zip",2026-05-31,Came with order A-1001\n'
    )

    def fields(self) -> list[Field]:
        return [
            Field("external_id", _l("External id"), text(max=60, lines=False, optional=True), "external_id", ("id", "ticket id",
                  "case number", "ticket number", "ticketnummer")),
            Field("number", _l("Number here, to find it again"), number),
            Field("subject", _l("Subject"), LINE, "subject", ("title", "summary", "betreff", "titel")),
            Field("customer", _l("Customer"), LINE, "customer_id", ("email", "e mail", "requester", "requester email",
                  "contact email", "customer email", "kunde"), link=CUSTOMER),
            Field("type", _l("Type"), word(TYPES, SENTENCE), "type", ("ticket type", "art"), seen=said(TYPE_WORDS)),
            Field("priority", _l("Priority"), word(PRIORITIES, SENTENCE), "priority", ("priorität",),
                  seen=said(PRIORITY_WORDS)),
            Field("status", _l("Status"), word(STATUSES, SENTENCE), "status", ("state", "ticket status", "zustand"),
                  seen=said(STATUS_WORDS)),
            Field("department", _l("Department"), LINE, "department_id", ("group", "team", "abteilung"), link=DEPARTMENT),
            Field("assignee", _l("Assignee"), LINE, "assignee_id", ("agent", "assigned to", "owner", "bearbeiter"),
                  link=ASSIGNEE),
            Field("tags", _l("Tags"), tags, headings=("labels", "schlagworte"), extra=Tags(), several=True, join=grown),
            *days("due", _l("Due"), day, "due date", "due by", "fällig"),
            *days("opened", _l("Opened on"), past_day, "created", "created at", "created date", "date", "erstellt"),
            *days("ended", _l("Solved on"), past_day, "solved at", "resolved at", "closed at", "gelöst am"),
            Field("note", _l("First note, of a new one"), text(max=10_000, optional=True), headings=("note", "description",
                  "message", "body", "notiz", "beschreibung"), several=True),
            moment("due_at", _l("Due")), moment("created_at", _l("Opened on")), moment("solved_at", _l("Solved on")),
            moment("closed_at"), moment("status_at"), moment("touched_at"), moment("episode"),
            *custom_fields("ticket"),
        ]  # fmt: skip

    def fixed(self) -> dict[str, Any]:
        return {"number": None, "subject": "", "type": "question", "priority": "normal", "status": "new", "source": "import",
                "merged_into_id": None, "customer_id": None, "opened_by_id": g.get("actor_id"), "episode": 1, "link_version": 1,
                "custom": {}}  # fmt: skip

    def shape(self, facts: dict[str, Any]) -> None:
        gather("ticket", facts)
        for key, column in (("due", "due_at"), ("opened", "created_at"), ("ended", "solved_at")):
            said = [facts.pop(name) for name in (key, f"{key}_dmy", f"{key}_mdy") if name in facts]
            if said:
                facts[f"kept_{column}"] = next((one for one in said if one), None)
        for name in ("type", "priority", "status", "external_id"):
            if name in facts and not facts[name]:
                facts.pop(name)

    def complete(self, facts: dict[str, Any], new: bool) -> None:
        if not facts.get("subject"):
            raise Unfit(_("Write what it is about."))
        if new and facts.get("number"):
            raise Unfit(
                _("There is no ticket #%(number)d here. Leave the number out for new ones.", number=facts["number"])
            )
        if not new and facts.get("merged_into_id"):
            raise Unfit(_("This ticket was merged into another one. Go on there."))
        if not new and facts["closed_at"] and ErasedCustomer.first(id=facts["customer_id"]):
            raise Unfit(str(Forsaken.description))
        if new:
            preset("ticket", facts)

    def judge(self, rows: list[Prepared], keys: Collection[str]) -> None:
        for row in rows:
            begin(row.facts) if row.found is None else go_on(row.facts, row.found)

    def before_write(self, new: list[dict[str, Any]]) -> None:
        for facts, number in zip(new, next_numbers("tickets", len(new)), strict=True):
            facts["number"] = number

    def after_write(self, written: list[Written]) -> None:
        """They stand in the search at once; nobody is mailed of what a file brought, and nothing is promised for it."""
        keep_values("ticket", written)
        begin_threads([one for one in written if one.created])
        if changed := [one.id for one in written if not one.created]:
            here = Ticket.tenant_id == current_tenant.id, Ticket.id.in_(changed)
            db.session.execute(update(TABLE).where(*here).values(touched_at=now()))
        take_in_tickets([one.id for one in written])

    def events(self, one: Written) -> list[tuple[str, dict[str, Any]]]:
        if one.created:
            return [("ticket.imported", {"at": one.facts["kept_created_at"].isoformat()})]
        fields = [{"customer": "customer_id", "department": "department_id", "kept_due_at": "due_at"}.get(name, name)
                  for name in one.changes]  # fmt: skip
        found: list[tuple[str, dict[str, Any]]] = [("ticket.changed", {"field": name}) for name in fields
                                                   if name in TOLD | {"customer_id", "department_id"}]  # fmt: skip
        if both := one.changes.get("status"):
            found.append(("ticket.status_changed", {"before": both[0], "after": both[1], "by_hand": True}))
        return found or [("ticket.changed", {"field": "custom"})]

    def customer_of(self, one: Written) -> UUID | None:
        return one.facts.get("customer")

    def needed(self, ids: list[UUID]) -> set[UUID]:
        return talked_about(ids)

    def before_removal(self, ids: list[UUID]) -> None:
        forget_values(ids)
        forget_all([*ids, *end_threads(ids)])

    def paths(self, ids: list[UUID]) -> dict[UUID, str]:
        query = select(Ticket.id, Ticket.number).where(Ticket.id.in_(ids))
        return {id: f"/tickets/{number}" for id, number in db.session.execute(query)} if ids else {}


def begin(facts: dict[str, Any]) -> None:
    """A new one stands as it stood there; what was solved long ago is closed, so that none of them closes by itself later."""
    opened = facts["kept_created_at"] = facts.get("kept_created_at") or now()
    status = facts.setdefault("status", "open" if facts.get("assignee") else "new")
    ended = max(facts.get("kept_solved_at") or opened, opened)
    days = current_tenant.ticket_close_days
    if status == "solved" and days and ended < now() - timedelta(days=days):
        status = facts["status"] = "closed"
    facts["kept_solved_at"] = ended if status in OVER else None
    facts["kept_closed_at"] = ended if status == "closed" else None
    facts["kept_status_at"] = facts["kept_touched_at"] = ended if status in OVER else opened


def go_on(facts: dict[str, Any], found: dict[str, Any]) -> None:
    """One that is there keeps when it was opened; a status that is another begins now."""
    facts.pop("kept_created_at", None)
    ended = facts.pop("kept_solved_at", None)
    status, before = facts.get("status", found["status"]), found["status"]
    if status != before:
        over = status in OVER
        facts["kept_status_at"] = now()
        facts["kept_solved_at"] = (found["solved_at"] or ended or now()) if over else None
        facts["kept_closed_at"] = now() if status == "closed" else None
        facts["kept_episode"] = found["episode"] + (before in OVER and not over)
