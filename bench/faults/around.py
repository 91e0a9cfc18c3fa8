"""What must be true around the conversations: outbox, mails, canaries, logs, and what the web workers hold."""

import time
from collections import Counter
from pathlib import Path
from typing import Any

from ..stack import pss_kib
from .house import House

OUTBOX_SECONDS, MAIL_SECONDS = 60, 200
# Per web worker: what is more than this is a leak, not a cache that fills.
MORE_KIB, MORE_THREADS, MORE_DESCRIPTORS = 40 * 1024, 8, 120
# One that the server refused or kept waiting is tried again after two minutes and more: it waits lawfully till then.
UNSENT = "SELECT count(*) FROM mails WHERE state = 'queued' AND (tries = 0 OR due < now() - interval '150 seconds')"
MAILS = "SELECT message_id, state, recipient FROM mails"


def emptied(house: House, query: str, seconds: float) -> int:
    """What is still there after that time."""
    until = time.monotonic() + seconds
    with house.superuser() as connection:
        while (left := connection.execute(query).fetchone()[0]) and time.monotonic() < until:  # type: ignore[index]
            time.sleep(0.5)
    return int(left)


def mails(house: House) -> dict[str, int]:
    """Notices go at most once; one that is `sent` was taken; an uncertain one may have been."""
    waiting = emptied(house, UNSENT, MAIL_SECONDS)
    with house.superuser() as connection:
        states = {id: state for id, state, _ in connection.execute(MAILS)}
    taken = Counter(one["id"] for one in house.mail.taken)  # after: what was sent by then, it has taken by now
    return {
        "mails": len(states),
        "mails_waiting": waiting,
        "mails_twice": sum(n - 1 for n in taken.values()),
        "mails_lost": sum(state == "sent" and not taken[id] for id, state in states.items()),
        "mails_unknown": sum(id not in states for id in taken),
        "mails_uncertain": sum(state in ("uncertain", "sending") for state in states.values()),
        "mails_retried": sum(state == "queued" for state in states.values()) - waiting,
        "mails_failed": sum(state == "failed" for state in states.values()),
    }


def outbox(house: House) -> dict[str, int]:
    return {"outbox": emptied(house, "SELECT count(*) FROM outbox", OUTBOX_SECONDS)}


def canaries(house: House) -> list[str]:
    """Where one tenant's words stand that are not its own: mails, Redis, and any tenant's words in a log."""
    found = []
    tenants = house.people["tenants"]
    for tenant in tenants:
        canary, id = tenant["canary"], tenant["id"]
        found += [f"mail to {one['to']}" for one in house.mail.taken
                  if canary.encode() in one["content"] and not one["to"].endswith(f"@{tenant['slug']}.test")]  # fmt: skip
        found += [f"log {name}" for name, text in house.logs().items() if canary in text and name != "postgres.log"]
        found += [key for key, text in in_redis(house) if canary in key + text and id not in key + text]
    return found


def in_redis(house: House) -> list[tuple[str, str]]:
    client = house.redis()
    read = {"string": client.get, "hash": client.hgetall, "set": client.smembers,
            "list": lambda key: client.lrange(key, 0, -1), "zset": lambda key: client.zrange(key, 0, -1)}  # fmt: skip
    found = []
    for key in client.scan_iter(count=1000):
        kind = client.type(key).decode()
        found.append((key.decode(errors="replace"), str(read[kind](key)) if kind in read else ""))
    return found


def defects(house: House) -> list[str]:
    """Tracebacks in the logs, each by its last line."""
    found = []
    for name, text in house.logs().items():
        for part in text.split("Traceback (most recent call last):")[1:]:
            said = next((line for line in part.splitlines()[1:] if line and not line.startswith(" ")), "")
            if any(word in part for word in house.expected):
                continue
            found.append(f"{name}: {said[:160]}")
    return found


def held(house: House) -> list[dict[str, int]]:
    """By web worker."""
    return [{"kib": pss_kib(pid), "threads": len(list(Path(f"/proc/{pid}/task").iterdir())),
             "descriptors": len(list(Path(f"/proc/{pid}/fd").iterdir()))} for pid in house.web_workers()]  # fmt: skip


def growth(before: list[dict[str, int]], after: list[dict[str, int]]) -> list[str]:
    """What grew over its bound. The most that one worker held before is the measure: a new one takes an old one's place."""
    bounds = {"kib": MORE_KIB, "threads": MORE_THREADS, "descriptors": MORE_DESCRIPTORS}
    most = {name: max(one[name] for one in before) for name in bounds}
    return [f"{name}: {most[name]} -> {one[name]}" for one in after for name, more in bounds.items()
            if one[name] > most[name] + more]  # fmt: skip


def all_of_it(house: House, before: list[dict[str, int]]) -> dict[str, Any]:
    result: dict[str, Any] = {**outbox(house), **mails(house)}
    result["foreign"], result["defects"] = canaries(house), defects(house)
    result["grown"] = growth(before, held(house))
    return result
