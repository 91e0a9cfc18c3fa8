"""Receipts: numbered without gaps, given once, and never changed."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from babel import Locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ...customers.models import Customer
from ...db import Record, belongs_to, reference
from ...locale import language_of
from ...numbers import next_number
from ...personal import is_part_of, stays_by_law
from .settings import ShopSettings

if TYPE_CHECKING:
    from .transaction import Transaction


class Receipt(Record):
    """Of a payment, or of a refund. Who sold and who bought stand in it as they were called on that day.

    The number is taken from a row that stays locked until the transaction ends: whoever takes the next one waits, and one
    that comes to nothing leaves no gap.
    """

    __tablename__ = "receipts"
    __table_args__ = (
        reference("transactions", "transaction_id"),
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("tenant_id", "transaction_id"),
    )

    number: Mapped[int]
    transaction_id: Mapped[UUID]
    seller: Mapped[str] = mapped_column(default="", server_default="")
    buyer: Mapped[str] = mapped_column(default="", server_default="")
    # [[rate, amount, tax within it]] of a refund that has no lines to say so.
    taxes: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default="[]")

    transaction: Mapped["Transaction"] = belongs_to("Transaction", "Receipt.transaction_id")

    @property
    def shown_name(self) -> str:
        credits = self.transaction.kind == "refund" and self.transaction.credited
        named = _("Credit note %(number)s") if credits else _("Receipt %(number)s")
        return named % {"number": self.number}

    @classmethod
    def give(cls, transaction: "Transaction") -> "Receipt":
        """The receipt of a (locked) transaction; the one it has when there is one."""
        known = cls.first(transaction_id=transaction.id)
        if known:
            return known
        words = {"seller": ShopSettings.here().seller_shown, "buyer": address_of(transaction.customer)}
        return cls(number=next_number("receipts"), transaction_id=transaction.id, **words).save()


def address_of(customer: Customer | None) -> str:
    """Name and address in lines, as far as they are known, in the customer's language whoever takes the money."""
    if customer is None:
        return ""
    town = " ".join(filter(None, [customer.postal_code, customer.city]))
    names = Locale.parse(language_of(customer)).territories
    country = names.get(customer.country, customer.country) if customer.country else ""
    company = customer.company.name if customer.company else ""
    return "\n".join(filter(None, [company, customer.shown_name, customer.street, town, country]))


stays_by_law("receipts", _l("Receipts, with the name and address that stand on them"), "seller", "buyer", "taxes")
is_part_of("receipts.transaction_id")
