"""Companies from files."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ..db import db
from ..importing.kinds import Field, Importable, Link, Written, grown, importable
from ..importing.preparing import Prepared
from ..tenancy import current_tenant
from ..web import Unfit, integer, text
from .fields.naming import named_by_others
from .import_extras import CompanyTags
from .import_fields import custom_fields, forget_values, gather, keep_values, preset
from .import_kinds import country_by_name, listed
from .import_sources import COMPANY_SOURCES
from .importable import COMPANY, LINE, OWNER, SHORT
from .kinds import domain, none_for_nothing, phone, tags, web_address
from .models import Company
from .models.company import ONE_AT_A_TIME

TABLE = Company.__table__
PARENT = Link(TABLE, COMPANY.by, _l("no company is called “%(value)s”, here or in this part of the file."))


def address_fields() -> list[Field]:
    return [
        Field("street", _l("Street"), LINE, "street", ("address", "street address", "billing street", "straße")),
        Field("postal_code", _l("Postal code"), SHORT, "postal_code", ("zip", "zip code", "billing zip postal code",
              "plz")),
        Field("city", _l("City"), SHORT, "city", ("billing city", "ort")),
        Field("region", _l("Region"), SHORT, "region", ("state", "state region", "billing state province")),
        Field("country", _l("Country"), country_by_name(), "country", ("country region", "office location",
              "billing country", "land")),
    ]  # fmt: skip


@importable
class Companies(Importable):
    name, noun, word, icon = "companies", "company", _l("Companies"), "building"
    permission = "customers.edit"
    table = TABLE
    finders = ("domain", "name")
    parts = frozenset({"company_tags", "places", "relations"})
    sources = COMPANY_SOURCES
    example = (
        "Name,Domain,Industry,Employees,City,Country,Parent company\nAcme,acme.example,retail,120,Berlin,Germany,\n"
    )

    def fields(self) -> list[Field]:
        return [
            Field("name", _l("Name"), text(max=200, lines=False, optional=True), "name", ("company name", "account",
                  "account name", "organization name", "organization", "firma", "company")),
            Field("domain", _l("Domain"), domain(), "domain", ("company domain name", "website domain")),
            Field("website", _l("Website"), web_address(), "website", ("website url", "url", "organization website")),
            Field("industry", _l("Industry"), SHORT, "industry", ("sector", "branche", "organization industry")),
            Field("employees", _l("Employees"), integer(0, 2**31 - 1, optional=True), "employees",
                  ("number of employees", "employee count", "mitarbeiter", "no of employees")),
            Field("founded", _l("Founded in"), integer(0, 2100, optional=True), "founded",
                  ("year established", "year founded", "founded", "gründungsjahr")),
            Field("phone", _l("Phone"), phone(), "phone", ("phone number", "telefon", "main phone")),
            *address_fields(),
            Field("parent", _l("Parent company"), LINE, "parent_id", ("subsidiary of", "parent account", "parent"),
                  link=PARENT),
            Field("owner", _l("Owner"), LINE, "owner_id", ("company owner", "account owner", "organization owner"),
                  link=OWNER),
            Field("external_id", _l("External id"), SHORT, "external_id", ("id", "company id", "record id", "account id",
                  "organization id")),
            Field("tags", _l("Tags"), listed(tags()), headings=("labels",), extra=CompanyTags(), several=True, join=grown),
            Field("note", _l("Note"), none_for_nothing(text(max=2000, optional=True)), "note", ("notes", "description",
                  "about us"), several=True),
            *custom_fields("company"),
        ]  # fmt: skip

    def fixed(self) -> dict[str, Any]:
        return {"name": "", "custom": {}}

    def shape(self, facts: dict[str, Any]) -> None:
        gather("company", facts)

    def complete(self, facts: dict[str, Any], new: bool) -> None:
        if not facts.get("name"):
            raise Unfit(_("Write the company's name."))
        if new:
            preset("company", facts)

    def judge(self, rows: list[Prepared], keys: Collection[str]) -> None:
        """No company stands above itself, however many are between; the lock is the one that forms take."""
        above = {own_id(row): row.facts["parent"] for row in rows if row.facts.get("parent")}
        if above:
            db.session.execute(ONE_AT_A_TIME)
            known = parents_above(set(above.values())) | above
            for row in rows:
                if stands_above_itself(own_id(row), known):
                    row.end("refused", _("A company cannot stand above itself. Choose another one."))

    def after_write(self, written: list[Written]) -> None:
        keep_values("company", written)

    def needed(self, ids: list[UUID]) -> set[UUID]:
        return named_by_others("company", ids)

    def before_removal(self, ids: list[UUID]) -> None:
        forget_values(ids)

    def path(self, id: UUID) -> str:
        return f"/companies/{id}"


def own_id(row: Prepared) -> Any:
    return row.found["id"] if row.found else row.record_id


def stands_above_itself(id: Any, parents: dict[Any, Any]) -> bool:
    seen, above = set(), parents.get(id)
    while above is not None and above not in seen:
        if above == id:
            return True
        seen.add(above)
        above = parents.get(above)
    return False


def parents_above(ids: set[Any]) -> dict[Any, Any]:
    """{company: its parent} of these and of all above them."""
    mine = TABLE.c.tenant_id == current_tenant.id
    up = select(TABLE.c.id, TABLE.c.parent_id).where(mine, TABLE.c.id.in_(ids)).cte(recursive=True)
    up = up.union(select(TABLE.c.id, TABLE.c.parent_id).where(mine, TABLE.c.id == up.c.parent_id))
    return {id: parent for id, parent in db.session.execute(select(up.c.id, up.c.parent_id)) if parent}
