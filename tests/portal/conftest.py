import pytest

from crm.extensions import limiter
from tests import make


@pytest.fixture(autouse=True)
def acme(app) -> None:
    """There is a tenant to be a customer of, also when the test makes no one."""
    make.tenant("acme")


@pytest.fixture
def limited():
    limiter.enabled = True
    limiter.reset()
    yield
    limiter.reset()
    limiter.enabled = False
