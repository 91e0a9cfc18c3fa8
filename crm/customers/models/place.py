"""Where somebody works."""

from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, belongs_to, reference
from ...personal import goes
from .company import Company
from .customer import Customer


class Place(Record):
    """A customer's place in a company, with what they are there. The main one is the one that `company_id` names."""

    __tablename__ = "places"
    __table_args__ = (
        reference("people", "customer_id", ondelete="CASCADE"),
        reference("companies", "company_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "customer_id", "company_id"),
        Index("ix_places_company", "tenant_id", "company_id", "customer_id"),
    )

    customer_id: Mapped[UUID]
    company_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(default="", server_default="")

    customer: Mapped[Customer] = belongs_to("Customer", "Place.customer_id")
    company: Mapped[Company] = belongs_to("Company", "Place.company_id")

    @property
    def main(self) -> bool:
        return self.customer.company_id == self.company_id


goes("places", _l("Places in companies"))
