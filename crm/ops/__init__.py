"""Running it: crm up, demo, doctor."""

from flask import Flask


def init_app(app: Flask) -> None:
    pass
