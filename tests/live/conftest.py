"""The real server for the tests of sockets. Each test has a workspace of its own: processes remember a tenant for 2 s."""

import itertools
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from crm.ops.folder import free_port
from crm.ops.scratch import scratch_folder
from crm.ops.valkey import Valkey
from tests import make
from tests.live.server import Browser, Gunicorn, colleagues

numbers = itertools.count(1)


class Bell:
    """A Valkey that can be killed and started again at its place."""

    def __init__(self, folder: Path):
        self.valkey = Valkey(folder / "bell", free_port(), "scratch", persistent=False)
        self.valkey.prepare()
        self.url = self.valkey.url
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self.valkey.command, stdout=subprocess.DEVNULL)
        self.valkey.wait()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="package")
def bell() -> Iterator[Bell]:
    with scratch_folder() as folder:
        started = Bell(folder)
        yield started
        started.kill()


@pytest.fixture(scope="package")
def server(config, bell, tmp_path_factory) -> Iterator[Gunicorn]:
    started = Gunicorn(config, bell.url, tmp_path_factory.mktemp("live") / "gunicorn.log")
    yield started
    started.stop()


@pytest.fixture
def house(app, server) -> SimpleNamespace:
    """A workspace with Anna (agent), Boris (owner) and a conversation that Anna has; their browsers; its number."""
    slug = f"live{next(numbers)}"
    anna, boris = colleagues(slug)
    conversation = make.conversation(slug, assignee=anna)
    return SimpleNamespace(
        slug=slug, anna=anna, boris=boris, conversation=conversation, number=conversation.number,
        path=f"/conversations/{conversation.number}/live",
        browser=Browser.of(server, anna, slug), boss=Browser.of(server, boris, slug),
    )  # fmt: skip
