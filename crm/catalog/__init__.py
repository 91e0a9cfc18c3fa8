"""What is sold: products with their prices, purchases and refunds, receipts."""

from datetime import datetime
from importlib import import_module

from flask import Flask

# Each registers what it holds: routes, panels.
MODULES = ("products", "finding", "purchases", "drafting", "moving", "receipts", "panels", "settings", "hooks")


def init_app(app: Flask) -> None:
    for name in MODULES:
        import_module(f".{name}", __name__)
    from . import blueprint, money, words

    app.register_blueprint(blueprint.bp)
    app.jinja_env.filters["money"] = money.shown
    app.jinja_env.filters["moment"] = datetime.fromisoformat
    app.jinja_env.globals["purchase_words"] = words.STATE_WORDS
    app.jinja_env.globals["way_words"] = words.WAY_WORDS
