"""Products and purchases for tests, made with the product's own verbs."""

import uuid
from typing import Any

from crm.catalog.models import Product, Transaction
from crm.customers.models import Customer
from tests import make


def product(name: str = "Tent", price: int = 11_900, slug: str = "acme", **facts: Any) -> Product:
    facts = {"sku": name.upper(), "tax_rate": 1900, "active": True, **facts}
    with make.inside(slug):
        return Product.add({"EUR": price}, name=name, **facts)


def purchase(
    customer: Customer | None = None, *products: tuple[Product, int], upto: str = "draft", **facts: Any
) -> Transaction:
    """Of `products` [(product, how many)], as far as `upto`: draft, placed, paid or fulfilled."""
    who = customer or make.customer()
    with make.inside():
        found = Transaction.begin(Customer.find(id=who.id), "EUR", uuid.uuid4(), **facts)
        for one, quantity in products or ((product(), 1),):
            found.add_line(Product.find(id=one.id), quantity)
        steps = ["placed", "paid", "fulfilled"]
        for step in steps[: steps.index(upto) + 1] if upto != "draft" else ():
            {"placed": found.place, "paid": found.pay, "fulfilled": found.fulfil}[step]()
        return found


def stock_of(one: Product) -> int | None:
    with make.inside():
        return Product.find(id=one.id).stock
