"""The three cheapest faults of bench/faults on a whole stack; all of them are run by hand and nightly."""

import time
from dataclasses import replace

import pytest

from bench.faults import __main__ as bench
from bench.faults.faults import FAULTS
from bench.faults.house import House
from bench.faults.page import Thread
from bench.faults.trial import tried

pytestmark = pytest.mark.live


def one_after_the_other(house: House) -> None:
    for name in ("kill-web-worker", "redis-shutdown", "postgres-terminate-backends"):
        FAULTS[name].break_and_heal(house)
        time.sleep(4)  # of talk


def test_nothing_acknowledged_is_lost_and_everybody_settles():
    result = tried(replace(FAULTS["none"], break_and_heal=one_after_the_other), seed=5, seconds=30)
    late = f"settled after {result['settle_p99_s']} s"  # how late says something on a machine that does nothing else
    assert [one for one in result["broken"] if not one.startswith(late)] == [], result
    assert result["acked"] > 300 and result["changed"] > 3 and result["repeated"] > 3 and result["mails"] > 5


def test_every_fault_that_was_promised_has_its_name():
    kinds = ("kill-web-worker", "kill-gunicorn-master", "kill-rq-worker", "kill-horse", "kill-relay", "kill-all-at-once",
             "stop-web-worker-40-s", "redis-shutdown", "redis-kill-subscriptions", "redis-pause", "redis-flushall",
             "redis-maxmemory", "redis-down", "postgres-restart-immediate", "postgres-kill", "postgres-terminate-backends",
             "postgres-read-only", "postgres-lock", "postgres-connections-used-up", "disk-full", "web-cut", "redis-delay",
             "postgres-silent", "clock-jumps-forward", "clock-jumps-back", "mail-server-hangs", "readers-that-never-read",
             "rolling-restart", "poison-jobs", "backup-and-restore")  # fmt: skip
    assert set(kinds) <= set(FAULTS) and bench.FAULTS is FAULTS


def fragment(id: str, seq: int, at: int, text: str) -> str:
    return (f'<li id="message-{id}" class="message" data-seq="{seq}" data-at="{at}" data-author="" data-kind="chat">'
            f'<p class="bubble-text">{text}</p></li>')  # fmt: skip


def test_the_benchs_page_keeps_order_and_the_newer_words():
    """What is sent stands where the server put it, and something older never comes over something newer."""
    thread, mine, other = Thread(), "a" * 36, "b" * 36
    thread.wait_for(mine, "chat", "Mine")
    thread.upsert(fragment(other, 2, 2, "Theirs"))
    thread.upsert(fragment(mine, 1, 1, "Mine") + fragment(other, 2, 3, "Theirs, &lt;changed&gt;"))
    thread.upsert(fragment(other, 2, 2, "Theirs"))
    assert [(item.seq, item.text) for item in thread.items] == [(1, "Mine"), (2, "Theirs, <changed>")]


def test_the_benchs_page_asks_when_a_frame_is_missing():
    thread = Thread()
    assert thread.take({"position": 1, "content": "…"}) is None and thread.position == 1
    assert thread.take({"position": 3, "content": "…"}) == 0.2
    assert thread.take({"position": 4, "ask": True}) == 0.0
    assert thread.take({"alive": 1, "position": 4}) == 0.0
    thread.position = 4
    assert thread.take({"alive": 1, "position": 4}) is None and thread.take({"signal": "typing"}) is None
