"""What tests of accounts share."""

import pytest

from crm.extensions import limiter


@pytest.fixture
def limited(app):
    """The rate limits of production, with nothing counted yet."""
    limiter.enabled = True
    forget_counts()
    yield
    forget_counts()
    limiter.enabled = False


def forget_counts():
    limiter._storage_dead = False
    limiter._fallback_storage.reset()
    limiter.reset()


@pytest.fixture
def with_csrf(app):
    """The forms' own tokens, as in production."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield
    app.config["WTF_CSRF_ENABLED"] = False
