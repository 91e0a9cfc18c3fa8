"""A payment that its customer's bank takes back, or asks about."""

from datetime import datetime
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, db, now, reference
from ...personal import stays_by_law
from .transaction import Transaction

FOR_US = ("won", "warning_closed", "prevented")
ENDS = (*FOR_US, "lost")


class Dispute(Record):
    """One of a payment, as often as its server tells of it. `status` and `reason` are that server's words.

    `gone` is how much of the money is away because of it, `of_surplus` how much of that was too much anyway.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        reference("transactions", "transaction_id", ondelete="CASCADE"),
        reference("payments", "payment_id"),
        CheckConstraint("amount >= 0 and gone >= 0 and of_surplus between 0 and gone", name="amounts"),
        UniqueConstraint("tenant_id", "external_id"),
        Index("ix_disputes_transaction", "tenant_id", "transaction_id", "id"),
        Index("ix_disputes_payment", "tenant_id", "payment_id"),
    )

    transaction_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    external_id: Mapped[str]
    status: Mapped[str] = mapped_column(default="", server_default="")
    reason: Mapped[str] = mapped_column(default="", server_default="")
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    gone: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    of_surplus: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    due_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @classmethod
    def of(cls, purchase: Transaction) -> list["Dispute"]:
        query = select(cls).where(cls.transaction_id == purchase.id).order_by(cls.id)
        return list(db.session.scalars(query).all())

    def stands(self, purchase: Transaction, status: str, out: bool) -> None:
        """How it stands now, and whether the money of the (locked) purchase is away. What ended does not begin again."""
        if self.ended_at and status not in ENDS:
            return
        before, self.status = self.status, status
        if status in ENDS and before != status:
            self.ended_at = now()
        self.move(purchase, out)
        if (word := self.news(before)) is not None:
            purchase.tell(word, amount=self.amount, currency=self.currency, due=str(self.due_at or ""))

    def move(self, purchase: Transaction, out: bool) -> None:
        """Once each way. In another currency than the purchase's nothing of it was counted as paid."""
        others = [one for one in Dispute.of(purchase) if one is not self and one.status == "lost"]
        same = self.currency == purchase.currency
        if out and not self.gone:
            self.gone, self.of_surplus = self.amount, purchase.lose(self.amount) if same else self.amount
        elif not out and self.gone:
            if same:
                purchase.regain(self.gone - self.of_surplus, self.of_surplus)
            self.gone = self.of_surplus = 0
        purchase.lost = sum(one.gone - one.of_surplus for one in [*others, *([self] if self.status == "lost" else [])])
        if self.status == "lost":
            purchase.stand()

    def news(self, before: str) -> str | None:
        """The event that tells of it, if there is something new to tell."""
        ends = {"lost": "transaction.dispute_lost", **dict.fromkeys(FOR_US, "transaction.dispute_won")}
        if not before and self.status not in ENDS:
            return "transaction.disputed"
        return ends.get(self.status) if before != self.status else None


stays_by_law("disputes", _l("Disputed payments"), "external_id", "status", "reason", "currency")
