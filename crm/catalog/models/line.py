"""What stands in a purchase, line by line."""

from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, belongs_to, db, reference
from ...personal import stays_by_law
from ...web import Invalid
from ..money import WHOLE_RATE, share

if TYPE_CHECKING:
    from .product import Product

MOST_PIECES = 1_000_000


class TransactionLine(Record):
    """So many of a product at a price; what it was called and cost then stays as it was.

    `discount` is taken from quantity times price; with `discount_rate` it is that share of it. `tax` is within `total`.
    Of a refund's line `of_line_id` is the line that was bought. `refunded` counts how many came back, `back` how much of the
    total did, also without pieces.
    """

    __tablename__ = "transaction_lines"
    __table_args__ = (
        reference("transactions", "transaction_id", ondelete="CASCADE"),
        reference("products", "product_id"),
        reference("transaction_lines", "of_line_id"),
        CheckConstraint("quantity between 1 and 1000000", name="quantity"),
        CheckConstraint("unit_price >= 0 and discount >= 0 and tax >= 0 and total >= 0", name="amounts"),
        CheckConstraint("refunded between 0 and quantity", name="refunded"),
        Index("ix_transaction_lines_transaction", "tenant_id", "transaction_id", "id"),
        Index("ix_transaction_lines_product", "tenant_id", "product_id", "id"),
    )

    transaction_id: Mapped[UUID]
    product_id: Mapped[UUID | None]
    of_line_id: Mapped[UUID | None]
    sku: Mapped[str] = mapped_column(default="", server_default="")
    name: Mapped[str]
    quantity: Mapped[int]
    unit_price: Mapped[int] = mapped_column(BigInteger)
    discount_rate: Mapped[int | None]
    discount: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    tax_rate: Mapped[int] = mapped_column(default=0, server_default="0")
    tax: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    total: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    refunded: Mapped[int] = mapped_column(default=0, server_default="0")
    back: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")

    product: Mapped["Product | None"] = belongs_to("Product", "TransactionLine.product_id")

    def reckon(self, tax_included: bool) -> None:
        """Discount, tax and total, each rounded once (see money.py). Raises Invalid for a discount above the price."""
        whole = self.quantity * self.unit_price
        if self.discount_rate is not None:
            self.discount = share(whole, self.discount_rate, WHOLE_RATE)
        if (self.discount or 0) > whole:
            raise Invalid({"discount": _("The discount is larger than the price.")})
        left = whole - (self.discount or 0)
        self.tax = share(left, self.tax_rate, WHOLE_RATE + self.tax_rate if tax_included else WHOLE_RATE)
        self.total = left if tax_included else left + self.tax


def lines_of(transaction_id: UUID) -> list[TransactionLine]:
    query = select(TransactionLine).where(TransactionLine.transaction_id == transaction_id)
    return list(db.session.scalars(query.order_by(TransactionLine.id)).all())


stays_by_law("transaction_lines", _l("What was bought"), "sku", "name")
