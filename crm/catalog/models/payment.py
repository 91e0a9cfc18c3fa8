"""How a purchase is paid, and how money goes back."""

from datetime import datetime
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, belongs_to, db, now, reference
from ...personal import stays_by_law
from .transaction import Transaction


class Payment(Record):
    """One attempt by one method (see crm/catalog/payments). `external_id` is what the other server calls it, and by hand the
    key of the form.

    With `refund_of_id` money goes back, by the method by which it came: of a refund, or of a purchase itself when it was too
    much. `problem` says in the other server's word why it failed.
    """

    __tablename__ = "payments"
    __table_args__ = (
        reference("transactions", "transaction_id", ondelete="CASCADE"),
        reference("payments", "refund_of_id"),
        CheckConstraint("state in ('open', 'paid', 'failed')", name="state"),
        CheckConstraint("amount >= 0", name="amount"),
        UniqueConstraint("tenant_id", "method", "external_id"),
        Index("ix_payments_transaction", "tenant_id", "transaction_id", "id"),
    )

    transaction_id: Mapped[UUID]
    refund_of_id: Mapped[UUID | None]
    method: Mapped[str]
    state: Mapped[str] = mapped_column(default="open", server_default="open")
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    external_id: Mapped[str | None]
    problem: Mapped[str] = mapped_column(default="", server_default="")
    due_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]

    transaction: Mapped[Transaction] = belongs_to("Transaction", "Payment.transaction_id")

    @classmethod
    def of(cls, transaction: Transaction) -> list["Payment"]:
        query = select(cls).where(cls.transaction_id == transaction.id).order_by(cls.id)
        return list(db.session.scalars(query).all())

    def settle(self, state: str, problem: str = "") -> bool:
        """How it ended; False when that was known."""
        if self.state == state:
            return False
        self.state, self.settled_at, self.problem = state, now(), problem[:60]
        return True

    @property
    def goes_back(self) -> bool:
        return self.refund_of_id is not None or self.transaction.kind == "refund"


Index("ix_payments_open", Payment.tenant_id, Payment.created_at, postgresql_where=Payment.state == "open")
stays_by_law("payments", _l("Payments"), "method", "state", "currency", "external_id", "problem")
