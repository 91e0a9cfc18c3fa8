"""Long reads of products and purchases."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from ..db import db
from ..finding import escaped
from ..paging import Page, page
from ..web import Invalid
from .models import Product, ProductPrice, Transaction

MOST_WORDS = 5
MOST_CATEGORIES = 100
MOST_OFFERED = 200


def with_words(query: Any, column: Any, wanted: str) -> Any:
    for word in wanted.split()[:MOST_WORDS]:
        query = query.where(column.ilike(f"%{escaped(word)}%", escape="\\"))
    return query


def categories() -> list[str]:
    query = select(Product.category).where(Product.deleted_at.is_(None), Product.category != "")
    return list(db.session.scalars(query.distinct().order_by(Product.category).limit(MOST_CATEGORIES)).all())


def refunds_of(purchase: Transaction) -> list[Transaction]:
    query = select(Transaction).where(Transaction.refund_of_id == purchase.id).order_by(Transaction.id)
    return list(db.session.scalars(query).all()) if purchase.returned else []


def refunded_by(refund: Transaction) -> Transaction | None:
    """The purchase of a refund."""
    return Transaction.first(id=refund.refund_of_id) if refund.refund_of_id else None


def offered(currency: str) -> list[Any]:
    """What the field for a product suggests: (number, name, price) of those that are sold in this currency."""
    query = select(Product.sku, Product.name, ProductPrice.amount).join(
        ProductPrice, (ProductPrice.tenant_id == Product.tenant_id) & (ProductPrice.product_id == Product.id)
    )
    query = query.where(Product.active, Product.deleted_at.is_(None), ProductPrice.currency == currency)
    return list(db.session.execute(query.order_by(Product.name, Product.id).limit(MOST_OFFERED)).all())


def product_called(typed: str) -> Product:
    """By its number, its name however it is spaced, or words that only one has. Raises Invalid."""
    plain = typed.replace(" ", "").replace("-", "").lower()
    sold = select(Product).where(Product.deleted_at.is_(None), Product.active)
    ways = [select(Product).where(Product.sku == typed), sold.where(Product.plain_name == plain)]
    for query in [*ways, with_words(sold, Product.search, typed)]:
        found = db.session.scalars(query.limit(2)).all()
        if len(found) == 1:
            return found[0]
        if found:
            raise Invalid({"product": _("Several products fit “%(typed)s”. Write the number of one.", typed=typed)})
    raise Invalid({"product": _("No product fits “%(typed)s”. Write its number or its name.", typed=typed)})


def on_offer(currency: str, q: str = "", category: str = "") -> Page:
    """What customers see: (Product's columns, amount) of what is sold in this currency, by name. One statement."""
    columns = [getattr(Product, name) for name in ("id", "name", "sku", "category", "stock", "picture_id", "kind")]
    joint = (ProductPrice.tenant_id == Product.tenant_id) & (ProductPrice.product_id == Product.id)
    query = select(*columns, ProductPrice.amount).join(ProductPrice, joint)
    query = query.where(Product.active, Product.deleted_at.is_(None), ProductPrice.currency == currency)
    if category:
        query = query.where(Product.category == category)
    query = with_words(query, Product.search, q)
    return page(query, Product.name, Product.id, size=24, descending=False, scalars=False)
