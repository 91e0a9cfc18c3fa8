"""Redis is only the bell: killed, silent or started again, everything said arrives, once and in order."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from tests import make
from tests.live.server import PATIENCE, Browser, until

pytestmark = [pytest.mark.committed, pytest.mark.live]
SOON = (
    8.0  # five are promised, to a machine that does nothing else; the next heartbeat but for this one comes after ten
)


@pytest.fixture
def rung(server, bell, house):
    """Eight sockets of the conversation or more, until both processes have some; the bell rings when the test begins."""
    lines = [house.boss.listen(house.path) for _ in range(7)]
    channel = f"rapport:{house.anna.tenant_id}"
    client = redis.Redis.from_url(bell.url)

    def both_listen() -> bool:
        lines.append(house.boss.listen(house.path))
        time.sleep(0.2)
        return dict(client.pubsub_numsub(channel))[channel.encode()] == 2

    until(both_listen, otherwise="both processes do not listen")
    client.close()
    return lines


def learns_of(line, position: int, seconds: float = PATIENCE) -> float:
    """Seconds until the page of this socket knows that the conversation stands at `position`: by a frame or a heartbeat."""
    began = time.monotonic()
    line.wait_for(lambda frame: frame.get("position", 0) >= position, seconds)
    return time.monotonic() - began


def say(house, body="Hello") -> int:
    """Say something; return the position that it has."""
    assert house.browser.say(house.number, body) == 201  # within the browser's patience, whatever the bell does
    with make.inside(house.slug):
        from crm.conversations.models import Conversation

        return Conversation.find(number=house.number).staff_position


def missed(house, after: int) -> str:
    return house.browser.ask("GET", f"/conversations/{house.number}/changes?after={after}")[1]


def test_without_redis_everything_arrives_soon_and_then_at_once_again(server, bell, house, rung):
    start = say(house)
    for line in rung:
        learns_of(line, start)
    bell.kill()
    try:
        for n in range(3):
            position = say(house, f"While it is dead {n}")
            for line in rung:
                learns_of(line, position, SOON)
        assert position == start + 3 and missed(house, start).count("While it is dead") == 3
        late = Browser.of(house.browser.server, house.anna, house.slug).listen(house.path)
        learns_of(late, position, SOON)  # sockets open without it, too
    finally:
        bell.start()

    def at_once() -> bool:
        position = say(house, "Again")
        return max(learns_of(line, position) for line in rung) < 0.5

    until(at_once, otherwise="the bell rings again")
    assert 1 <= server.logged().count("The bell is silent") <= 2 * 2, "said once by each process, not at each try"


def test_a_lost_publish_is_made_good_by_a_heartbeat(house, rung):
    """Said through a process that rings another bell: to these sockets it is as if the publish had been lost."""
    time.sleep(0.2)
    make.message(house.conversation, house.anna, "Nobody rang", slug=house.slug)
    with make.inside(house.slug):
        from crm.conversations.models import Conversation

        position = Conversation.find(number=house.number).staff_position
    for line in rung:
        learns_of(line, position)
    assert "Nobody rang" in missed(house, position - 1)


def test_a_cut_subscription_is_noticed_and_what_was_missed_is_told(bell, house, rung):
    """The server's `client kill`: the connection ends, and each process subscribes again and looks what it missed."""
    client = redis.Redis.from_url(bell.url)
    position = say(house)
    for _ in range(3):
        client.client_kill_filter(_type="pubsub")
        position = say(house, "Between")
    for line in rung:
        learns_of(line, position, SOON)
    client.close()


def test_what_a_deaf_bell_did_not_tell_is_looked_for_as_soon_as_it_hears(bell, house, rung):
    """Too short a silence for anybody to think that the line is dead: nobody but the sender's process knew."""
    client = redis.Redis.from_url(bell.url)
    client.client_pause(3000)
    position = say(house, "Into deaf ears")
    time.sleep(3)
    for line in rung:
        learns_of(line, position, SOON)
    client.close()


def test_a_deaf_redis_refuses_nobody_who_is_counted_by_it(server, bell, house):
    """Several at once, so that some wait for Redis while another finds that it is dead."""
    client = redis.Redis.from_url(bell.url)
    client.client_pause(2000)
    stranger = Browser(server, house.slug, cookie="")
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: stranger.ask("GET", "/sign-in")[0], range(24)))
    assert answers == [200] * 24
    client.close()


def test_frames_carry_positions_one_after_the_other(house, rung):
    numbers = [say(house, str(n)) for n in range(5)]
    frames = rung[0].frames_to(lambda frame: frame.get("position") == numbers[-1] and "content" in frame)
    heard = [frame["position"] for frame in frames if "content" in frame]
    assert heard == numbers and numbers == list(range(numbers[0], numbers[0] + 5))


def test_a_repeat_is_heard_once(house, rung):
    client_id = str(uuid.uuid4())
    for _ in range(3):
        assert house.browser.say(house.number, "Only once", client_id=client_id) == 201
    assert house.browser.say(house.number, "The next") == 201
    heard = [frame.get("content", "") for frame in rung[0].frames_to(lambda one: "The next" in one.get("content", ""))]
    assert [content.count("Only once") for content in heard if "Only once" in content] == [1]
