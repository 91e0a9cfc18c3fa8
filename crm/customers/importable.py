"""Customers from files."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import update

from ..accounts.models import Person
from ..accounts.models.session import Session
from ..db import db, now, uuid7
from ..importing.kinds import Field, Importable, Link, Written, by_heart, grown, importable
from ..importing.preparing import Prepared
from ..importing.writing import put
from ..tenancy import current_tenant
from ..web import Unfit, email, text
from .fields.naming import named_by_others
from .import_extras import Emails, Phones, Tags
from .import_fields import custom_fields, forget_values, gather, keep_values, preset
from .import_kinds import country_by_name, language_by_name, listed, stage_by_name
from .import_sources import SOURCES
from .kinds import emails, none_for_nothing, phone, phones, tags
from .models import Company, Place

PEOPLE = Person.__table__
LINE, SHORT = (
    none_for_nothing(text(max=200, lines=False, optional=True)),
    none_for_nothing(text(max=100, optional=True)),
)
OWNER = Link(by_heart(PEOPLE, PEOPLE.c.kind == "employee"), (("email", str.lower),),
             _l("no colleague has the address or name “%(value)s”."))  # fmt: skip
COMPANY = Link(Company.__table__, (("external_id", str), ("domain", str.lower)),
               _l("no company is called “%(value)s”. Import companies first, or leave this column out."))  # fmt: skip


def is_email(cell: str) -> bool:
    return "@" in cell and " " not in cell and "." in cell.rpartition("@")[2]


def is_phone(cell: str) -> bool:
    digits = sum(sign.isdecimal() for sign in cell)
    return digits > 6 and not cell.strip("+0123456789 ()/.-")


def who() -> list[Field]:
    line = text(max=100, lines=False, optional=True)
    return [
        Field("name", _l("Name"), line, "name", ("full name", "contact name", "customer", "display name", "kunde")),
        Field("first_name", _l("First name"), line, headings=("first", "given name", "vorname", "firstname")),
        Field("last_name", _l("Last name"), line, headings=("last", "family name", "surname", "nachname", "lastname")),
        Field("email", _l("E-mail"), email(optional=True), "email", ("email address", "mail", "e mail 1 value",
              "email 1", "primary email", "e mail adresse"), looks=is_email),
        Field("emails", _l("Further e-mail addresses"), listed(emails()), headings=("email 2", "e mail 2 value", "other email",
              "additional email addresses"), extra=Emails(), several=True, join=grown),
        Field("phone", _l("Phone"), phone(), "phone", ("phone number", "telephone", "tel", "telefon", "phone 1 value"),
              looks=is_phone),
        Field("phones", _l("Further phone numbers"), listed(phones()), headings=("mobile", "mobile phone", "mobile phone number",
              "other phones", "phone 2 value", "handy", "mobil"), extra=Phones(), several=True, join=grown),
        Field("external_id", _l("Number in your shop"), SHORT, "external_id", ("external id", "customer number",
              "kundennummer")),
    ]  # fmt: skip


def where() -> list[Field]:
    return [
        Field("street", _l("Street"), LINE, "street", ("address", "street address", "straße", "strasse")),
        Field("postal_code", _l("Postal code"), SHORT, "postal_code", ("zip", "zip code", "postcode", "plz")),
        Field("city", _l("City"), SHORT, "city", ("town", "ort", "stadt")),
        Field("region", _l("Region"), SHORT, "region", ("state", "state region", "province", "bundesland")),
        Field("country", _l("Country"), country_by_name(), "country", ("country region", "land")),
        Field("language", _l("Language"), language_by_name(), "language", ("preferred language", "sprache")),
    ]


def ties() -> list[Field]:
    return [
        Field("company", _l("Company"), LINE, "company_id", ("organization", "organisation", "account", "firma",
              "company name", "account name", "associated company"), link=COMPANY),
        Field("title", _l("Title there"), SHORT, headings=("job title", "position", "role")),
        Field("lifecycle_stage", _l("Stage"), stage_by_name(), "lifecycle_stage", ("lifecycle stage", "status")),
        Field("owner", _l("Owner"), LINE, "owner_id", ("contact owner", "person owner", "account manager"), link=OWNER),
        Field("tags", _l("Tags"), listed(tags()), headings=("labels", "categories", "groups", "schlagworte"), extra=Tags(),
              several=True, join=grown),
        Field("note", _l("Note"), none_for_nothing(text(max=2000, optional=True)), "note", ("notes", "description",
              "comments", "notiz"), several=True),
    ]  # fmt: skip


@importable
class Customers(Importable):
    name, noun, word, icon = "customers", "customer", _l("Customers"), "address-book"
    permission = "customers.edit"
    table = PEOPLE
    keys = ("email", "external_id")
    parts = frozenset(
        {"consents", "customer_emails", "customer_phones", "customer_tags", "places", "relations", "tasks"}
    )
    sources = SOURCES
    example = "Name,E-mail,Phone,Country\nMia Meier,mia@example.com,+49 30 901820,Germany\n"

    def fields(self) -> list[Field]:
        return [*who(), *where(), *ties(), *custom_fields("customer")]

    def narrowed(self) -> tuple[Any, ...]:
        return (PEOPLE.c.kind == "customer",)

    def fixed(self) -> dict[str, Any]:
        return {"kind": "customer", "name": "", "lifecycle_stage": "lead", "custom": {}}

    def shape(self, facts: dict[str, Any]) -> None:
        """A name of two parts, and no further address or number that is the first one."""
        gather("customer", facts)
        parts = [facts.pop(part, None) for part in ("first_name", "last_name")]
        if any(parts) and not facts.get("name"):
            facts["name"] = " ".join(part for part in parts if part)
        for first, others in (("email", "emails"), ("phone", "phones")):
            if facts.get(others):
                if not facts.get(first):
                    facts[first] = facts[others][0]
                facts[others] = [one for one in facts[others] if one != facts[first]]
                if not facts[others]:
                    del facts[others]

    def complete(self, facts: dict[str, Any], new: bool) -> None:
        if not (facts.get("name") or facts.get("email") or facts.get("phone")):
            raise Unfit(_("Write at least a name, an e-mail address or a phone number."))
        if new:
            preset("customer", facts)

    def judge(self, rows: list[Prepared], keys: Collection[str]) -> None:
        """A further address belongs to one customer, and to nobody as the first one."""
        wanted = {one: row for row in rows for one in row.facts.get("emails") or ()}
        firsts = {row.facts["email"]: row for row in rows if row.facts.get("email")}
        owners = dict(Emails.owners([*wanted, *firsts], [*wanted, *(() if "email" in keys else firsts)]))
        for address, row in [*wanted.items(), *firsts.items()]:
            mine = row.found["id"] if row.found else row.record_id
            if owners.get(address, mine) != mine or firsts.get(address, row) is not row:
                row.end("refused", _("Another customer has the address %(address)s.", address=address))

    def after_write(self, written: list[Written]) -> None:
        self.shut_out(written)
        keep_values("customer", written)
        places = [(one, value) for one in written for new, value in [one.now_has("company")] if new and value]
        if places:
            put(Place.__table__, ["id", "customer_id", "company_id", "title"],
                ([uuid7(), one.id, value, one.facts.get("title") or ""] for one, value in places),
                unless_there=True)  # fmt: skip

    def shut_out(self, written: list[Written]) -> None:
        """Whose address it was before may be somebody else, as when one is changed by hand."""
        ids = [one.id for one in written if not one.created and one.changes.get("email", [None])[0]]
        if ids:
            db.session.execute(update(PEOPLE).where(PEOPLE.c.tenant_id == current_tenant.id, PEOPLE.c.id.in_(ids))
                               .values(password_hash=None))  # fmt: skip
            mine = Session.person_id.in_(ids), Session.revoked_at.is_(None)
            db.session.execute(update(Session).where(*mine).values(revoked_at=now()))
            current_tenant.touch_access()

    def events(self, one: Written) -> list[tuple[str, dict[str, Any]]]:
        found: list[tuple[str, dict[str, Any]]] = [(f"customer.{'created' if one.created else 'changed'}", {})]
        if stage := one.changes.get("lifecycle_stage"):
            found.append(("customer.stage_changed", {"from": stage[0], "to": stage[1]}))
        return found

    def customer_of(self, one: Written) -> UUID | None:
        return one.id

    def needed(self, ids: list[UUID]) -> set[UUID]:
        return named_by_others("person", ids)

    def before_removal(self, ids: list[UUID]) -> None:
        forget_values(ids)

    def path(self, id: UUID) -> str:
        return f"/customers/{id}"
