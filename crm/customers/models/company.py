"""Companies: who the people a tenant serves work for."""

from collections.abc import Iterator
from typing import Any, ClassVar, Self
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, Computed, Index, func, select
from sqlalchemy.orm import Mapped, mapped_column

from ...accounts.models import Person
from ...db import Record, belongs_to, db, looks_up, reference
from ...events import record
from ...forms import only_one
from ...names import PLAIN
from ...personal import only_staff
from ...web import Invalid

SEARCHED = "name || ' ' || coalesce(domain, '') || ' ' || coalesce(city, '')"
# Two companies that are put under each other at once must wait for each other.
ONE_AT_A_TIME = select(func.pg_advisory_xact_lock(func.hashtextextended(func.current_setting("app.tenant_id"), 5)))


class Company(Record):
    """A business. `domain` is that of its mails and site in small letters, `employees` how many work there."""

    __tablename__ = "companies"
    __table_args__ = (
        reference("companies", "parent_id"),
        reference("people", "owner_id"),
        CheckConstraint("parent_id <> id", name="parent"),
        Index("ix_companies_name", "tenant_id", "name", "id"),
        Index("ix_companies_plain", "tenant_id", "plain_name"),
    )

    name: Mapped[str]
    domain: Mapped[str | None]
    industry: Mapped[str | None]
    employees: Mapped[int | None]
    founded: Mapped[int | None]
    website: Mapped[str | None]
    phone: Mapped[str | None]
    street: Mapped[str | None]
    postal_code: Mapped[str | None]
    city: Mapped[str | None]
    region: Mapped[str | None]
    country: Mapped[str | None]
    parent_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]
    external_id: Mapped[str | None]
    note: Mapped[str | None]
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    plain_name: Mapped[str | None] = mapped_column(Computed(PLAIN, persisted=True), deferred=True)
    search: Mapped[str | None] = mapped_column(Computed(SEARCHED, persisted=True), deferred=True)

    glimpsed: ClassVar[dict[str, Any]] = {}  # what the page's statement read besides (see registry.glimpse)

    parent: Mapped["Company | None"] = looks_up("Company", "Company.parent_id")
    owner: Mapped[Person | None] = belongs_to("Person", "Company.owner_id", viewonly=True)

    @classmethod
    def find(cls, **by: Any) -> Self:
        """Raises NotFound, and Moved for the id of one that became a part of another company."""
        found = cls.first(**by)
        if found is None:
            from .gone_company import followed_company

            raise followed_company(by.get("id"))
        return found

    @property
    def customer_id(self) -> UUID:
        """Whose page tells what happens with this: its own."""
        return self.id

    @classmethod
    def add(cls, **facts: Any) -> "Company":
        """Raises Invalid, as `change` does."""
        company = cls()
        company.write(facts)
        record("company.created", company)
        return company

    def change(self, **facts: Any) -> None:
        """Change what is known. Raises Invalid for no name, a number that is taken, and a parent that stands below."""
        self.write(facts)
        record("company.changed", self)

    def write(self, facts: dict[str, Any]) -> None:
        if not facts.get("name", self.name):
            raise Invalid({"name": _("Write the company's name.")})
        if facts.get("parent_id") and facts["parent_id"] != self.parent_id:
            self.guard_circle(facts["parent_id"])
        with only_one("external_id", _("Another company has this number.")):
            for name, value in facts.items():
                setattr(self, name, value)
            self.save()

    def guard_circle(self, parent_id: UUID) -> None:
        """Raises Invalid for a parent that is this company, stands below it, or is nobody's here."""
        db.session.execute(ONE_AT_A_TIME)
        parent = Company.first(id=parent_id)
        if parent is None:
            raise Invalid({"parent": _("There is no such company. Choose one of the offered ones.")})
        if self.id and self.id in {parent.id, *(company.id for company in parent.above())}:
            raise Invalid({"parent": _("A company cannot stand above itself. Choose another one.")})

    def above(self) -> Iterator["Company"]:
        """Its parent, whose parent, and so on."""
        seen, parent_id = {self.id}, self.parent_id
        while parent_id and parent_id not in seen:
            seen.add(parent_id)
            parent = Company.find(id=parent_id)
            yield parent
            parent_id = parent.parent_id


def where_known(name: str, column: Any, unique: bool = False) -> None:
    Index(name, Company.tenant_id, column, unique=unique, postgresql_where=column.is_not(None))


where_known("uq_companies_external", Company.external_id, unique=True)
where_known("ix_companies_parent", Company.parent_id)
where_known("ix_companies_owner", Company.owner_id)
where_known("ix_companies_domain", Company.domain)
where_known("ix_companies_phone", Company.phone)
TRIGRAMS = {"search": "gin_trgm_ops"}
Index("ix_companies_search", Company.tenant_id, Company.search, postgresql_using="gin", postgresql_ops=TRIGRAMS)
only_staff("companies.owner_id")
