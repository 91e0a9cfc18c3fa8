"""Customers: their list, their pages, who they are and how to reach them."""

from flask import Flask
from flask_babel import lazy_gettext as _l


def init_app(app: Flask) -> None:
    from ..phones import phone_as_written
    from .fields import has_fields
    from .models import Company, Customer
    from .routes import bp

    has_fields(Customer, _l("Customers"))
    has_fields(Company, _l("Companies"))
    app.jinja_env.filters["phone"] = phone_as_written
    app.register_blueprint(bp)
