"""A customer's further e-mail addresses."""

from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from ...db import Record, reference
from ...personal import goes


class CustomerEmail(Record):
    """One more address besides `people.email`, in small letters. It belongs to one customer, and opens nothing."""

    __tablename__ = "customer_emails"
    __table_args__ = (
        reference("people", "customer_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "email"),
        Index("ix_customer_emails_customer", "tenant_id", "customer_id"),
    )

    customer_id: Mapped[UUID]
    email: Mapped[str]


goes("customer_emails", _l("Further addresses"))
