"""Customers: their list, their pages, who they are and how to reach them."""

from flask import Flask


def init_app(app: Flask) -> None:
    from .routes import bp

    app.register_blueprint(bp)
