"""How products are found from everywhere: see crm/finding.py."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from ..finding import Asked, Kind, about, finds, is_the
from .models import Product


def products(asked: Asked) -> list[Select[Any]]:
    numbers = [select(Product.id).where(is_the("whole", one)) for one in (Product.sku, Product.external_id)]
    return [*numbers, asked.by_words(Product.id, Product.search)]


def shown_products() -> Select[Any]:
    query = select(Product.id.label("key"), Product.name, about(Product.sku), Product.created_at.label("at"))
    return query.where(Product.deleted_at.is_(None))


finds(
    Kind("product", _l("Products"), "package", "catalog.read", "/products/{}", Product, products, shown_products,
         "/products?q=")
)  # fmt: skip
