"""What is promised to whom: within how much open time a ticket is answered and solved."""

from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped

from ...customers.models import Customer
from ...db import Record, belongs_to, db, reference
from ...forms import only_one
from ...personal import goes

KINDS = ("first", "next", "solution")


class SlaPolicy(Record):
    """Minutes of open time for each kind of clock; None promises nothing. Without priority or customer it is for all."""

    __tablename__ = "sla_policies"
    __table_args__ = (
        reference("people", "customer_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "priority", "customer_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("priority in ('low', 'normal', 'high', 'urgent')", name="priority"),
    )

    priority: Mapped[str | None]
    customer_id: Mapped[UUID | None]
    first_minutes: Mapped[int | None]
    next_minutes: Mapped[int | None]
    solution_minutes: Mapped[int | None]

    customer: Mapped[Customer | None] = belongs_to("Customer", "SlaPolicy.customer_id")

    @classmethod
    def all(cls) -> list["SlaPolicy"]:
        return list(db.session.scalars(select(cls).order_by(*narrowest_first(cls)).limit(500)).all())

    @classmethod
    def of(cls, priority: str, customer_id: UUID | None) -> "SlaPolicy | None":
        """The one that holds: the customer's own before everybody's, of the priority before of all priorities."""
        query = select(cls).where(or_(cls.priority.is_(None), cls.priority == priority))
        query = query.where(or_(cls.customer_id.is_(None), cls.customer_id == customer_id))
        return db.session.scalars(query.order_by(*narrowest_first(cls)).limit(1)).first()

    def write(self, **values: Any) -> None:
        """Raises Invalid when there is one for the same already."""
        with only_one("priority", _("There is a promise for this priority and customer already.")):
            for name, value in values.items():
                setattr(self, name, value)
            self.save()

    def seconds(self, kind: str) -> int | None:
        minutes = getattr(self, f"{kind}_minutes")
        return minutes * 60 if minutes is not None else None


def narrowest_first(policy: Any) -> tuple[Any, ...]:
    return policy.customer_id.is_(None), policy.priority.is_(None), policy.priority, policy.id


goes("sla_policies", _l("Promises made to them alone"))
