"""Places where a process can be made to fail, so that a test can look what becomes of the work in hand.

RAPPORT_FAILPOINT=after_commit:kill ends the process there by SIGKILL, `:raise` raises Reached, `:sleep=5` waits five
seconds; every time that the place is reached. Without the variable `reach` does nothing.
"""

import logging
import os
import signal
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

PLACES = {
    "before_commit": "everything is written, nothing is stored yet",
    "after_commit": "stored, and no browser has been told",
    "after_publish": "the browsers have been told, the answer has not left",
    "relay_took": "the relay holds a batch of the outbox",
    "after_reaction": "an event's reaction is stored, its outbox row still there",
    "after_relay": "the batch has left the outbox",
    "after_enqueue": "RQ has the job, its outbox row is still there",
    "job_start": "RQ has handed the job to a process, which has done nothing yet",
    "mail_marked": "the mail is marked as being sent, and no byte has left",
    "before_dot": "the mail server waits for the message",
    "after_dot": "all of the message has left, and the mail server has not answered",
    "after_answer": "the mail server has the message, and that is not stored yet",
    "job_done": "the job's result is stored, and RQ has not been told",
}
EXAMPLE = f"must be PLACE:kill, PLACE:raise or PLACE:sleep=SECONDS, PLACE being one of {', '.join(PLACES)}"


class Reached(RuntimeError):
    """What `:raise` raises."""


def nothing(place: str) -> None:
    """What `reach` is while no failpoint is set."""


reach: Callable[[str], None] = nothing


def failpoint(value: str) -> str:
    """The setting, which stays as it is. Raises ValueError."""
    place, _, act = value.partition(":")
    known = act in ("kill", "raise") or (act.startswith("sleep=") and is_number(act.removeprefix("sleep=")))
    if value and not (place in PLACES and known):
        raise ValueError(EXAMPLE)
    return value


def is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()


def set_up(value: str) -> None:
    global reach
    chosen, _, act = value.partition(":")

    def reach_one(place: str) -> None:
        if place == chosen:
            fail(place, act)

    reach = reach_one if value else nothing


def fail(place: str, act: str) -> None:
    log.warning("Failpoint %s reached: %s.", place, act)
    if act == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if act == "raise":
        raise Reached(place)
    time.sleep(float(act.removeprefix("sleep=")))
