"""The servers that tests run on: a real PostgreSQL and Valkey for each test process, on free ports."""

from collections.abc import Iterator

import pytest

from crm.ops.scratch import Servers, scratch_servers

__all__ = ["Servers", "servers"]


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with scratch_servers() as started:
        yield started
