"""Customers: their list, their pages, who they are and how to reach them."""

from flask import Flask


def init_app(app: Flask) -> None:
    from ..phones import phone_as_written
    from .routes import bp

    app.jinja_env.filters["phone"] = phone_as_written
    app.register_blueprint(bp)
