"""A customer's further numbers."""

from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from ...db import Record, reference
from ...personal import goes


class CustomerPhone(Record):
    """One more number of a customer as E.164, besides `people.phone`. Several customers may share one. See phones.py."""

    __tablename__ = "customer_phones"
    __table_args__ = (
        reference("people", "customer_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "customer_id", "number"),
        Index("ix_customer_phones_number", "tenant_id", "number"),
    )

    customer_id: Mapped[UUID]
    number: Mapped[str]


goes("customer_phones", _l("Further numbers"))
