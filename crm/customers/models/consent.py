"""What customers allow: per purpose, with every change ever made."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from ...accounts.models import Person
from ...db import Record, belongs_to, db, now, reference
from ...events import record
from ...forms import only_one
from ...personal import harms_nobody, name
from ...references import index_where_known
from ...web import Invalid
from .customer import Customer

SOURCES = ("said", "form", "mail", "import")


class Purpose(Record):
    """What a tenant may ask to be allowed, such as a newsletter. `text` is what is asked; archived ones are not asked."""

    __tablename__ = "purposes"
    __table_args__ = (UniqueConstraint("tenant_id", "key"),)

    key: Mapped[str]
    name: Mapped[str]
    text: Mapped[str] = mapped_column(default="", server_default="")
    archived_at: Mapped[datetime | None]

    @classmethod
    def add(cls, name: str, text: str) -> "Purpose":
        purpose = cls(key="-".join(name.lower().split())[:60], name=name, text=text)
        with only_one("name", _("There is a purpose of this name already.")):
            purpose.save()
        return purpose

    def archive(self) -> None:
        self.archived_at = self.archived_at or now()

    def restore(self) -> None:
        self.archived_at = None


class Consent(Record):
    """That a customer allowed a purpose, or took it back. The last one holds; none is ever changed.

    `source` is how it is known; `by` is who wrote it down.
    """

    __tablename__ = "consents"
    __table_args__ = (
        reference("people", "customer_id", ondelete="CASCADE"),
        reference("purposes", "purpose_id"),
        reference("people", "by_id"),
        CheckConstraint("source in ('said', 'form', 'mail', 'import')", name="source"),
        Index("ix_consents_customer", "tenant_id", "customer_id", "purpose_id", "id"),
        index_where_known("consents", "by", "by_id"),
    )

    customer_id: Mapped[UUID]
    purpose_id: Mapped[UUID]
    given: Mapped[bool]
    source: Mapped[str]
    by_id: Mapped[UUID | None]

    purpose: Mapped[Purpose] = belongs_to("Purpose", "Consent.purpose_id")
    by: Mapped[Person | None] = belongs_to("Person", "Consent.by_id")

    @classmethod
    def current(cls, customer: Customer, purpose: Purpose) -> "Consent | None":
        query = select(cls).where(cls.customer_id == customer.id, cls.purpose_id == purpose.id)
        return db.session.scalars(query.order_by(cls.id.desc()).limit(1)).first()

    @classmethod
    def write(cls, customer: Customer, purpose: Purpose, given: bool, source: str, by: Any = None) -> "Consent":
        """Write down what a locked customer says; what holds already is not written twice. Raises Invalid."""
        if given and purpose.archived_at:
            raise Invalid({"purpose_id": _("Nobody is asked for this any more.")})
        held = cls.current(customer, purpose)
        if held and held.given == given:
            return held
        consent = cls(customer_id=customer.id, purpose_id=purpose.id, given=given, source=source)
        consent.by_id = by.id if by else None
        consent.save()
        record("customer.consented" if given else "customer.withdrew", customer, purpose_id=str(purpose.id))
        return consent


harms_nobody("consents", "source")
name("consents", _l("What they allowed and when, as a proof without a name"))
