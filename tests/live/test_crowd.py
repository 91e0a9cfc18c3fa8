"""Many sockets that come at once take turns, and leave the database to those who write."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import make
from tests.live.server import Browser, until

pytestmark = [pytest.mark.committed, pytest.mark.live]

CROWD, POOL = 150, 15


@pytest.fixture
def crowd(server, house):
    """Browsers of as many customers, each with a conversation of their own."""
    found = []
    for number in range(12):
        customer = make.customer(f"Customer {number}", house.slug)
        conversation = make.conversation(house.slug, customer=customer, body="")
        browser = Browser.of(server, customer, house.slug)
        found += [(browser, f"/help/conversations/{conversation.number}/live")] * (CROWD // 12 + 1)
    return found[:CROWD]


def connections(server, database_port: int) -> int:
    """The most that one of the server's processes has open to the database, now."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = {f"socket:[{row[9]}]" for row in rows if row[2].endswith(f":{database_port:04X}") and row[3] == "01"}
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return max(sum(str(link.readlink()) in ours for link in Path(f"/proc/{one}/fd").iterdir()) for one in children)


def test_a_crowd_is_let_in_while_somebody_writes(server, house, crowd, servers):
    port = int(servers.database_url.rsplit(":", 1)[1].split("/")[0])
    house.browser.say(house.number, "Before")
    most, answers = [], []
    with ThreadPoolExecutor(CROWD) as pool:
        lines = [pool.submit(browser.listen, path) for browser, path in crowd]
        while not all(line.done() for line in lines):
            answers.append(house.browser.say(house.number, "Meanwhile"))
            most.append(connections(server, port))
    assert set(answers) == {201} and max(most) <= POOL
    for line in lines:
        assert line.result().wait_for(lambda frame: frame.get("alive"))
    until(lambda: house.browser.say(house.number, "After") == 201)
    assert "QueuePool" not in server.logged()
