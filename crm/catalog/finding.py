"""How products and purchases are found from everywhere: see crm/finding.py."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Integer, Select, String, and_, bindparam, cast, func, literal, select

from ..customers.models import Company, Customer
from ..finding import Asked, Kind, about, finds, is_the
from .models import Product, Transaction


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


def purchases(asked: Asked) -> list[Select[Any]]:
    """By their number, which stands on receipts and in mails."""
    number = bindparam("number", type_=Integer())
    return [select(Transaction.id.label("id")).where(Transaction.number == number)] if asked.number else []


def shown_purchases() -> Select[Any]:
    here, number = Transaction, cast(Transaction.number, String)
    buyer = func.coalesce(func.nullif(Customer.name, ""), Company.name, Customer.email, "")
    query: Any = select(
        here.number.label("key"),
        (literal("#") + number).label("name"),
        buyer.label("about"),
        here.happened_at.label("at"),
    )
    query = query.outerjoin(Customer, and_(Customer.tenant_id == here.tenant_id, Customer.id == here.customer_id))
    return query.outerjoin(Company, and_(Company.tenant_id == here.tenant_id, Company.id == here.company_id))


finds(
    Kind("purchase", _l("Purchases"), "shopping-cart", "transactions.read", "/purchases/{}", Transaction, purchases, shown_purchases,
         "/purchases?q=")
)  # fmt: skip
