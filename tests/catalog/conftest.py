"""Stripe, set up and on loopback."""

import pytest

from crm.catalog.models import ShopSettings
from tests import make
from tests.catalog.stripe_server import Stripe

SECRET = "whsec_canary"


@pytest.fixture
def keys(app):
    """Stripe is set up, and its server is away."""
    app.config["STRIPE_API"] = "http://127.0.0.1:9"
    with make.inside():
        row = ShopSettings.here().save()
        row.portal_open, row.on_account = True, False
        row.keep_secret("stripe_key", "sk_test_x"), row.keep_secret("stripe_webhook_secret", SECRET)
    yield
    app.config.pop("STRIPE_API")


@pytest.fixture(scope="session")
def server():
    found = Stripe()
    yield found
    found.close()


@pytest.fixture
def stripe(app, keys, server):
    """Begun once for all tests, and empty for each."""
    server.forget()
    app.config["STRIPE_API"] = server.url
    return server
