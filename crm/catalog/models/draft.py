"""What a purchase or a refund holds, and putting a purchase together. Verbs expect it `locked` (see crm/db.py)."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from flask import g
from flask_babel import gettext as _
from sqlalchemy import BigInteger, Numeric, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from ...customers.models import Customer
from ...db import Record, db, now, uuid7
from ...events import record
from ...numbers import next_number
from ...tenancy import current_tenant
from ...web import Invalid, Refused
from .line import MOST_PIECES, TransactionLine, lines_of
from .product import Product, prices_of
from .rate import DIGITS, PLACES
from .settings import ShopSettings

MOST_TOTAL = 10**17
MOST_LINES = 200


class Draft(Record):
    """The columns of a Transaction, and its verbs while it is a draft."""

    __abstract__ = True

    number: Mapped[int]
    kind: Mapped[str] = mapped_column(default="purchase", server_default="purchase")
    state: Mapped[str] = mapped_column(default="draft", server_default="draft")
    source: Mapped[str] = mapped_column(default="employee", server_default="employee")
    customer_id: Mapped[UUID | None]
    company_id: Mapped[UUID | None]
    entered_by_id: Mapped[UUID | None]
    refund_of_id: Mapped[UUID | None]
    currency: Mapped[str]
    base_currency: Mapped[str]
    rate: Mapped[Decimal] = mapped_column(Numeric(DIGITS, PLACES), default=1, server_default="1")
    tax_included: Mapped[bool] = mapped_column(default=True, server_default="true")
    discount: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    tax: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    total: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    base_total: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    paid: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    # What came in beyond what it costs, or though it was cancelled, and did not go back yet.
    surplus: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    refunded: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    # What came back before it was paid, and so need not come in; of a refund, how much of it is such.
    credited: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    base_credited: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    # What the customer's bank took back of what was paid, because it is disputed.
    disputed: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    base_disputed: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    # Of that, what is decided: it does not come back.
    lost: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    memo: Mapped[str] = mapped_column(default="", server_default="")
    external_id: Mapped[str | None]
    # Of the form that began it: a second one with the same key is the same purchase.
    key: Mapped[UUID | None]
    happened_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    placed_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    fulfilled_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")

    @classmethod
    def begin(cls, customer: Customer, currency: str, key: UUID, **facts: Any) -> Self:
        """A draft, locked; with the same key it is the one that was begun first. Raises Refused for another's key."""
        if cls.first(key=key) is None:
            cls.write_row(customer, currency, key, facts)
        found = cls.locked(key=key)
        if found.customer_id != customer.id or found.kind != "purchase":
            raise Refused()
        return found

    @classmethod
    def write_row(cls, customer: Customer, currency: str, key: UUID, facts: dict[str, Any]) -> None:
        row = {"tenant_id": current_tenant.id, "id": uuid7(), "number": next_number("transactions"), "key": key}
        row |= {"customer_id": customer.id, "company_id": customer.company_id, "currency": currency}
        row |= {"base_currency": current_tenant.currency, "entered_by_id": g.get("actor_id")}
        row |= {"tax_included": ShopSettings.here().prices_include_tax, **facts}
        db.session.execute(insert(cls.__table__).values(row).on_conflict_do_nothing())

    def guard_draft(self) -> None:
        if self.state != "draft" or self.kind != "purchase":
            raise Refused(_("This purchase was placed: it does not change any more. Begin a new one, or refund it."))

    def add_line(self, product: Product, quantity: int = 1) -> TransactionLine:
        """More of a product, at its price. Raises Invalid when it is not sold, has no price in this currency, or is too much."""
        self.guard_draft()
        lines = lines_of(self.id)
        known = next((line for line in lines if line.product_id == product.id and not line.discount), None)
        if known:
            return self.change_line(known, quantity=known.quantity + quantity)
        if len(lines) >= MOST_LINES:
            raise Invalid({"product": _("A purchase has at most %(max)d lines.", max=MOST_LINES)})
        line = TransactionLine(id=uuid7(), transaction_id=self.id, product_id=product.id, quantity=quantity,
                               sku=product.sku, name=product.name, tax_rate=product.tax_rate,
                               unit_price=self.price_of(product)).save()  # fmt: skip
        return self.change_line(line)

    def price_of(self, product: Product) -> int:
        if not product.is_sold:
            raise Invalid({"product": _("“%(name)s” is not on sale.", name=product.name)})
        found = [
            price.amount for price in prices_of([product.id]).get(product.id, []) if price.currency == self.currency
        ]
        if not found:
            words = {"name": product.name, "currency": self.currency}
            raise Invalid({"product": _("“%(name)s” has no price in %(currency)s. Add one on its page.", **words)})
        return found[0]

    def change_line(self, line: TransactionLine, **facts: Any) -> TransactionLine:
        """Raises Invalid for more than can be kept."""
        self.guard_draft()
        for name, value in facts.items():
            setattr(line, name, value)
        if not 1 <= line.quantity <= MOST_PIECES:
            raise Invalid({"quantity": _("Choose a number from %(min)d to %(max)d.", min=1, max=MOST_PIECES)})
        line.reckon(self.tax_included)
        self.sum_up()
        return line

    def remove_line(self, line: TransactionLine) -> None:
        self.guard_draft()
        db.session.delete(line)
        db.session.flush()
        self.sum_up()

    def sum_up(self) -> None:
        """The sums of its lines. Nothing is rounded here."""
        lines = lines_of(self.id)
        total = sum(line.total for line in lines)
        if total > MOST_TOTAL:
            raise Invalid({"quantity": _("This is more than can be kept.")})
        self.total, self.tax = total, sum(line.tax for line in lines)
        self.discount = sum(line.discount for line in lines)
        if self.currency == self.base_currency:
            self.base_total = total

    def tell(self, event: str, **facts: Any) -> None:
        record(event, self, **{"amount": self.total, "currency": self.currency, "number": self.number, **facts})
