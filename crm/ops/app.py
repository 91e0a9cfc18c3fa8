"""The app for a command: wrong settings and unreachable servers are sentences."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from crm import create_app
from crm.config import ConfigError

from .settings import adopt_instance
from .stop import Stop, reason


@contextmanager
def application() -> Iterator[None]:
    """Inside the app's context. Raises Stop."""
    adopt_instance()
    try:
        with create_app().app_context():
            yield
    except ConfigError as problem:
        raise Stop(str(problem)) from None
    except OperationalError as problem:
        raise Stop(f"The database of DATABASE_URL cannot be reached: {reason(problem.orig or problem)}") from None
