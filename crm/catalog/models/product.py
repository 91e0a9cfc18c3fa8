"""Products and services, and what they cost in each currency."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import BigInteger, CheckConstraint, Computed, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, db, now, reference
from ...events import record
from ...forms import only_one
from ...kept_files import names_file
from ...web import Refused

KINDS = ("product", "service")
SEARCHED = "sku || ' ' || name || ' ' || category"
# What an index can hold of a name that is compared without its spaces and capitals: two spellings are one product.
PLAIN = "lower(replace(replace(name, ' ', ''), '-', ''))"


class Product(Record):
    """Something that is sold. `stock` is None when it is not counted; `tax_rate` is in hundredths of a percent."""

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("tenant_id", "sku"),
        CheckConstraint("kind in ('product', 'service')", name="kind"),
        CheckConstraint("tax_rate between 0 and 10000", name="tax_rate"),
        CheckConstraint("stock >= 0", name="stock"),
        Index("ix_products_name", "tenant_id", "name", "id"),
        Index("ix_products_plain", "tenant_id", "plain_name"),
    )

    sku: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="product", server_default="product")
    description: Mapped[str] = mapped_column(default="", server_default="")
    category: Mapped[str] = mapped_column(default="", server_default="")
    tax_rate: Mapped[int] = mapped_column(default=0, server_default="0")
    stock: Mapped[int | None] = mapped_column(BigInteger)
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    deleted_at: Mapped[datetime | None]
    picture_id: Mapped[UUID | None]
    picture_type: Mapped[str] = mapped_column(default="", server_default="")
    external_id: Mapped[str | None]
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    plain_name: Mapped[str] = mapped_column(Computed(PLAIN, persisted=True))
    # What the list's search looks into; a stored column, because an index under a policy serves no expression.
    search: Mapped[str] = mapped_column(Computed(SEARCHED, persisted=True), deferred=True)

    @property
    def is_sold(self) -> bool:
        return self.active and self.deleted_at is None

    @classmethod
    def add(cls, prices: dict[str, int], **facts: Any) -> "Product":
        """`prices` is {currency: smallest units}. Raises Invalid for a number that another product has."""
        product = cls()
        product.write(prices, facts)
        record("product.created", product)
        return product

    def change(self, prices: dict[str, int] | None = None, **facts: Any) -> None:
        """What was bought before keeps its price. Raises Invalid as `add` does, Refused when it was deleted."""
        if self.deleted_at:
            raise Refused(_("This product was deleted."))
        self.write(prices, facts)
        record("product.changed", self)

    def write(self, prices: dict[str, int] | None, facts: dict[str, Any]) -> None:
        with only_one("sku", _("Another product has this number. Choose another, or change that one.")):
            for name, value in facts.items():
                setattr(self, name, value)
            self.save()
        if prices is not None:
            self.set_prices(prices)

    def set_prices(self, prices: dict[str, int]) -> None:
        known = {price.currency: price for price in prices_of([self.id]).get(self.id, [])}
        for currency, amount in prices.items():
            price = known.pop(currency, None) or ProductPrice(product_id=self.id, currency=currency).save()
            price.amount = amount
        for gone in known.values():
            db.session.delete(gone)

    def delete(self) -> None:
        """Nobody buys it any more; what was bought keeps it, and its number stays its own."""
        if self.deleted_at is None:
            self.deleted_at, self.active = now(), False
            record("product.deleted", self)


Index("uq_products_external", Product.tenant_id, Product.external_id, unique=True,
      postgresql_where=Product.external_id.is_not(None))  # fmt: skip
Index("ix_products_search", Product.tenant_id, Product.search, postgresql_using="gin",
      postgresql_ops={"search": "gin_trgm_ops"})  # fmt: skip
names_file("products", "picture_id")


class ProductPrice(Record):
    """What a product costs in one currency, in its smallest unit."""

    __tablename__ = "product_prices"
    __table_args__ = (
        reference("products", "product_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "product_id", "currency"),
        CheckConstraint("amount >= 0", name="amount"),
    )

    product_id: Mapped[UUID]
    currency: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger, default=0)


def prices_of(ids: list[UUID]) -> dict[UUID, list[ProductPrice]]:
    """{product id: its prices by currency}, in one statement."""
    found: dict[UUID, list[ProductPrice]] = {}
    query = select(ProductPrice).where(ProductPrice.product_id.in_(ids)).order_by(ProductPrice.currency)
    for price in db.session.scalars(query) if ids else ():
        found.setdefault(price.product_id, []).append(price)
    return found
