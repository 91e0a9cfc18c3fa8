"""Taking from the stock and giving back, with the products' rows locked."""

from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from ...db import db
from ...web import Invalid
from .line import TransactionLine
from .product import Product


def pieces(lines: Iterable[TransactionLine]) -> Counter[UUID]:
    """{product id: how many}, without those that came back: whoever credited them said whether the stock has them."""
    found: Counter[UUID] = Counter()
    for line in lines:
        if line.product_id:
            found[line.product_id] += line.quantity - (line.refunded or 0)
    return found


def locked_products(ids: Iterable[UUID]) -> list[Product]:
    """In one order always, so that two who want the same wait and do not lock each other out."""
    query = select(Product).where(Product.id.in_(list(ids))).order_by(Product.id).with_for_update(key_share=True)
    return list(db.session.scalars(query.execution_options(populate_existing=True)).all())


def take_stock(lines: list[TransactionLine]) -> None:
    """Raises Invalid, and takes nothing, when one of them is not sold any more or not there in this number."""
    wanted = pieces(lines)
    products = locked_products(wanted)
    problems = [problem for product in products if (problem := missing(product, wanted[product.id]))]
    if problems:
        raise Invalid({"product": " ".join(problems)})
    for product in products:
        if product.stock is not None:
            product.stock -= wanted[product.id]


def missing(product: Product, quantity: int) -> str | None:
    if not product.is_sold:
        return _("“%(name)s” is not on sale.", name=product.name)
    if product.stock is not None and product.stock < quantity:
        left: dict[str, Any] = {"name": product.name}
        return ngettext("Only one of “%(name)s” is left.", "Only %(num)d of “%(name)s” are left.",
                        product.stock, **left)  # fmt: skip
    return None


def give_back(found: Counter[UUID]) -> None:
    for product in locked_products(found):
        if product.stock is not None:
            product.stock += found[product.id]
