"""Redis, which is only the bell: gone, deaf, full and forgetful."""

import time
from contextlib import suppress

import redis

from .faults import fault
from .house import House


@fault()
def redis_shutdown(house: House) -> None:
    with suppress(redis.ConnectionError):  # it hangs up instead of answering
        house.redis().shutdown(nosave=True)


@fault()
def redis_kill_subscriptions(house: House) -> None:
    """Three times, half a second apart: also those that were just made again."""
    for _ in range(3):
        house.redis().client_kill_filter(_type="pubsub")
        time.sleep(0.5)


@fault()
def redis_pause(house: House) -> None:
    """Takes commands and answers none of them."""
    seconds = max(4.0, house.seconds / 4)
    house.redis().client_pause(int(seconds * 1000))
    time.sleep(seconds)


@fault()
def redis_flushall(house: House) -> None:
    for _ in range(3):
        house.redis().flushall()
        time.sleep(0.5)


@fault()
def redis_maxmemory(house: House) -> None:
    """Refuses every write."""
    client = house.redis()
    client.config_set("maxmemory", "1mb")
    time.sleep(max(5.0, house.seconds / 3))
    client.config_set("maxmemory", "0")


@fault()
def redis_down(house: House) -> None:
    """For all of the run but its ten first and last seconds: ten minutes with --seconds 620."""
    house.supervisor.stopProcess(program(house))
    time.sleep(max(10.0, house.seconds - 20))
    house.supervisor.startProcess(program(house))


def program(house: House) -> str:
    """As the supervisor calls it."""
    known = house.supervisor.getAllProcessInfo()
    return next(f"{one['group']}:{one['name']}" for one in known if one["name"] == "valkey")
