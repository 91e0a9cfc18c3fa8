"""Long reads of products and purchases."""

from typing import Any

from sqlalchemy import select

from ..db import db
from ..finding import escaped
from ..paging import Page, page
from .models import Product

MOST_WORDS = 5
MOST_CATEGORIES = 100


def products(q: str = "", show: str | None = None, category: str = "") -> Page:
    """One page by name. `show` is active (and when None), inactive or deleted; `q` are words of number, name, category.

    One statement. With words it uses ix_products_search, for which `texticlike` must be marked leakproof.
    """
    query = select(Product)
    if show == "deleted":
        query = query.where(Product.deleted_at.is_not(None))
    else:
        query = query.where(Product.deleted_at.is_(None), Product.active.is_(show != "inactive"))
    if category:
        query = query.where(Product.category == category)
    return page(with_words(query, Product.search, q), Product.name, Product.id, descending=False)


def with_words(query: Any, column: Any, wanted: str) -> Any:
    for word in wanted.split()[:MOST_WORDS]:
        query = query.where(column.ilike(f"%{escaped(word)}%", escape="\\"))
    return query


def categories() -> list[str]:
    query = select(Product.category).where(Product.deleted_at.is_(None), Product.category != "")
    return list(db.session.scalars(query.distinct().order_by(Product.category).limit(MOST_CATEGORIES)).all())
