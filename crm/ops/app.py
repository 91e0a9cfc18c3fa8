"""The app for a command: wrong settings are sentences."""

from flask import Flask

from crm import create_app
from crm.config import ConfigError

from .settings import adopt_instance
from .stop import Stop


def application() -> Flask:
    adopt_instance()
    try:
        return create_app()
    except ConfigError as problem:
        raise Stop(str(problem)) from None
