"""The keys by which an anonymous visitor is known again."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Index, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped
from werkzeug.exceptions import Unauthorized

from ...accounts.models import hashed
from ...db import Record, belongs_to, db, now, reference, uuid7
from ...events import record
from ...personal import goes
from ...references import ends
from ...tenancy import current_tenant
from .customer import Customer

VISITOR_DAYS = 365


class VisitorToken(Record):
    """The random token that a host page keeps for its visitor; made by the browser, kept here as a hash."""

    __tablename__ = "visitor_tokens"
    __table_args__ = (
        reference("people", "customer_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "key_hash"),
        Index("ix_visitor_tokens_customer", "tenant_id", "customer_id"),
    )

    key_hash: Mapped[str]
    customer_id: Mapped[UUID]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    customer: Mapped[Customer] = belongs_to("Customer", "VisitorToken.customer_id")

    @classmethod
    def valid(cls, key: str) -> "VisitorToken | None":
        query = select(cls).where(cls.key_hash == hashed(key), cls.revoked_at.is_(None), cls.expires_at > now())
        return db.session.scalars(query).first()

    def revoke(self) -> None:
        """Whoever holds the token reaches nothing any more, and their sockets close."""
        if self.revoked_at is None:
            self.revoked_at = now()
            current_tenant.touch_access()

    @classmethod
    def customer_for(cls, key: str, **values: Any) -> Customer:
        """The customer known by this token; made, with `values`, when nobody is. Two tabs at once get the same one.

        Raises Unauthorized (401) for a token that was revoked or has run out.
        """
        known = cls.valid(key)
        if known:
            return known.customer
        customer = Customer(**values).save()
        db.session.flush()
        row = {"tenant_id": customer.tenant_id, "id": uuid7(), "key_hash": hashed(key), "customer_id": customer.id}
        row["expires_at"] = now() + timedelta(days=VISITOR_DAYS)
        made = insert(cls.__table__).values(row).on_conflict_do_nothing().returning(cls.__table__.c.id)
        if db.session.execute(made).first() is None:
            db.session.delete(customer)
            db.session.flush()
            taken = cls.valid(key)
            if taken is None:
                raise Unauthorized()
            return taken.customer
        record("customer.created", customer)
        return customer


ends("visitor_tokens.customer_id")
goes("visitor_tokens", _l("Browsers in which they are known"))
