"""What is sold: products with their prices, purchases and refunds, receipts."""

from datetime import datetime
from importlib import import_module

from flask import Flask
from flask_babel import lazy_gettext as _l

# Each registers what it holds: routes, panels.
MODULES = ("products", "finding", "purchases", "drafting", "moving", "receipts", "panels", "money_told", "disputed",
           "settings", "importable", "import_purchases")  # fmt: skip


def init_app(app: Flask) -> None:
    for name in MODULES:
        import_module(f".{name}", __name__)
    from ..customers.fields import has_fields
    from . import blueprint, hooks, money, words
    from .models import Product, Transaction

    has_fields(Product, _l("Products"), "catalog", address="/products/{row.id}")
    has_fields(Transaction, _l("Purchases"), "transactions", address="/purchases/{row.number}")
    app.register_blueprint(blueprint.bp)
    app.register_blueprint(hooks.bp)
    app.jinja_env.filters["money"] = money.shown
    app.jinja_env.filters["moment"] = datetime.fromisoformat
    app.jinja_env.globals["purchase_word"] = words.state_word
    app.jinja_env.globals["way_words"] = words.WAY_WORDS
