"""What tests of accounts share."""

import pytest

from crm.extensions import limiter


@pytest.fixture
def limited(app):
    """The rate limits of production."""
    limiter.enabled = True
    limiter.reset()
    yield
    limiter.reset()
    limiter.enabled = False


@pytest.fixture
def with_csrf(app):
    """The forms' own tokens, as in production."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield
    app.config["WTF_CSRF_ENABLED"] = False
