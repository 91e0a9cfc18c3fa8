"""Customers: who the tenant serves."""

from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Computed, Index
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.exceptions import NotFound

from ...accounts.models import Person
from ...db import belongs_to, looks_up, now, reference
from ...events import record
from ...files import drop
from ...forms import only_one
from ...kept_files import names_file
from ...personal import empties
from ...tenancy import current_tenant
from ...web import Invalid
from .company import Company

STAGES = ("lead", "prospect", "customer", "former")
SEARCHED = "name || ' ' || coalesce(email, '') || ' ' || coalesce(claimed_email, '') || ' ' || coalesce(phone, '')"


class Customer(Person):
    """Somebody the tenant serves. `email` is proven; `claimed_email` is what a visitor typed and opens nothing."""

    __mapper_args__ = {"polymorphic_identity": "customer", "polymorphic_load": "inline"}

    claimed_email: Mapped[str | None]
    region: Mapped[str | None]
    country: Mapped[str | None]
    lifecycle_stage: Mapped[str | None] = mapped_column(default="lead")
    custom: Mapped[dict[str, Any] | None] = mapped_column(default=dict)
    note: Mapped[str | None]
    street: Mapped[str | None]
    postal_code: Mapped[str | None]
    city: Mapped[str | None]
    company_id: Mapped[UUID | None]  # the main one; all of them are `places`
    avatar_id: Mapped[UUID | None]  # a kept file of the type `avatar_type`
    avatar_type: Mapped[str | None]
    user_agent: Mapped[str | None]
    blocked_at: Mapped[datetime | None]
    # What the list's search looks into; a stored column, because an index under a policy serves no expression.
    search: Mapped[str | None] = mapped_column(Computed(SEARCHED, persisted=True), deferred=True)

    glimpsed: ClassVar[dict[str, Any]] = {}  # what the page's statement read besides (see registry.glimpse)

    company: Mapped[Company | None] = belongs_to("Company", "Customer.company_id", viewonly=True)
    owner: Mapped[Person | None] = looks_up("Person", "Customer.owner_id")

    @classmethod
    def find(cls, **by: Any) -> Self:
        """Raises NotFound, and Moved for the id of somebody who became a part of another customer."""
        try:
            return super().find(**by)
        except NotFound:
            from .merge import followed

            raise (followed(by["id"]) if "id" in by else NotFound()) from None

    @classmethod
    def add(cls, **facts: Any) -> "Customer":
        """A customer that an employee enters. Raises Invalid for nobody at all, and as `change` does."""
        if not (facts["name"] or facts["email"] or facts["phone"]):
            raise Invalid({"name": _("Write at least a name, an e-mail address or a phone number.")})
        moment = now()
        customer = cls(created_at=moment, last_seen_at=moment)  # not seen yet
        customer.write(facts)
        record("customer.created", customer)
        return customer

    def change(self, **facts: Any) -> None:
        """Change what is known. Raises Invalid for an address that is another customer's."""
        self.write(facts)
        record("customer.changed", self)

    def write(self, facts: dict[str, Any]) -> None:
        proven, stage = self.email, self.lifecycle_stage
        numbered = "external_id", _("Another customer has this number.")
        taken = _("Another customer has this address. Look for them in the list.")
        with only_one("email", taken, uq_people_external=numbered):
            for name, value in facts.items():
                setattr(self, name, value)
            self.save()
        if proven and proven != self.email:
            self.shut_out()
        if stage and stage != self.lifecycle_stage:
            record("customer.stage_changed", self, **{"from": stage, "to": self.lifecycle_stage})

    def shut_out(self) -> None:
        """Whose address it was before may be somebody else: nothing that they proved or chose opens this any more."""
        self.password_hash = None
        self.end_sessions()

    @property
    def customer_id(self) -> UUID:
        """Whose page tells what happens with this: their own."""
        return self.id

    @property
    def contact_email(self) -> str | None:
        """Where to write to; for a claimed address only what the visitor asked for themselves."""
        return self.email or self.claimed_email

    @property
    def seen_at(self) -> datetime | None:
        """When they were last here; None for whom employees or a file brought in, until they come."""
        return self.last_seen_at if self.last_seen_at != self.created_at else None

    @property
    def shown_name(self) -> str:
        return self.name or self.contact_email or self.phone or f"#{self.id.hex[-6:]}"

    def introduce(self, name: str = "", email: str | None = None) -> None:
        """Take what somebody says of themselves. The address is only claimed: mail about their talk goes there."""
        before = self.name, self.claimed_email
        if name:
            self.name = name
        if email and email != self.email:
            self.claimed_email = email
        if before != (self.name, self.claimed_email):
            record("customer.changed", self)

    def show(self, avatar_id: UUID | None, avatar_type: str | None) -> None:
        """Have this kept file as their picture; None for initials again."""
        if self.avatar_id:
            drop(self.avatar_id)
        self.avatar_id, self.avatar_type = avatar_id, avatar_type
        record("customer.changed", self)

    def block(self) -> None:
        """Mark as spam: no surveys, no new conversations, and the open sockets close."""
        if self.blocked_at is None:
            self.blocked_at = now()
            current_tenant.touch_access()
            record("customer.blocked", self)

    def unblock(self) -> None:
        if self.blocked_at is not None:
            self.blocked_at = None
            record("customer.unblocked", self)


TO_COMPANY = reference("companies", "company_id")
TO_COMPANY.use_alter = True  # companies name people, too
Person.__table__.append_constraint(TO_COMPANY)
TRIGRAMS = {"search": "gin_trgm_ops"}
Index("ix_people_phone", Person.tenant_id, Person.phone, postgresql_where=Person.phone.is_not(None))
Index(
    "ix_people_claimed", Person.tenant_id, Customer.claimed_email, postgresql_where=Customer.claimed_email.is_not(None)
)
Index(
    "ix_people_blocked",
    Person.tenant_id,
    Customer.blocked_at,
    Person.id,
    postgresql_where=Customer.blocked_at.is_not(None),
)
Index("ix_people_company", Person.tenant_id, Customer.company_id, postgresql_where=Customer.company_id.is_not(None))
Index("ix_people_owner", Person.tenant_id, Person.owner_id, postgresql_where=Person.owner_id.is_not(None))
Index("ix_people_search", Person.tenant_id, Customer.search, postgresql_using="gin", postgresql_ops=TRIGRAMS)
empties(
    "people",
    kind="erased",
    name="",
    custom={},
    **dict.fromkeys(
        "email phone external_id language time_zone password_hash owner_id claimed_email region country lifecycle_stage"
        " note street postal_code city company_id avatar_id avatar_type user_agent role availability preferences".split()
    ),
)
names_file("people", "avatar_id")
