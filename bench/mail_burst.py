"""Thousands of mails at once, handed over by SMTP to a whole Rapport: what the chat and the answers by mail feel of it."""

import smtplib
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from os import getloadavg
from statistics import median
from typing import Any

import psycopg
from flask import Flask

from crm.ops.folder import free_port

from . import chat, generator, overload_load
from .figures import say
from .fill import fill
from .people import app_of, tenant_of
from .stack import Stack, stack

ADDRESS = "help@bench.test"
LINES, TALKED_IN, PATIENCE = 8, 40, 1800
STATES = """
SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'taken') AS taken,
    count(*) FILTER (WHERE state NOT IN ('waiting', 'taken')) AS otherwise FROM received_mails
"""
SAID = "SELECT count(*), count(DISTINCT facts #>> '{mail,subject}') FROM messages WHERE kind = 'email'"
ANSWERS = """
SELECT count(*) FILTER (WHERE state <> 'sent'), percentile_cont(0.5) WITHIN GROUP (ORDER BY sent_at - created_at),
    max(sent_at - created_at) FROM mails WHERE key LIKE 'burst:%%'
"""


def measure(mails: int, rate: float, seconds: float, data: str | None) -> dict[str, Any]:
    port = free_port()
    with stack(data, settings={"MAIL_LISTEN": f"smtp://127.0.0.1:{port}"}) as running:
        fill(running, 2_000, 20_000)
        plan = chat.spec(running, Talking(rate, seconds))
        say("The chat alone…")
        alone = [generator.run(overload_load.others, plan) for _ in range(2)]
        load = round(getloadavg()[0], 1)
        burst = Burst(running, mails)
        say(f"{mails} mails at once…")
        beside, taken = burst.beside(port, lambda: generator.run(overload_load.others, plan))
        return {"mails": mails, "load_alone": load, "load_beside": round(getloadavg()[0], 1), **taken,
                **figures("alone", alone), **figures("beside", beside),
                "chat_missing": sum(one["missing"] + one["refused"] for one in [*alone, *beside])}  # fmt: skip


class Talking:
    """What `chat.spec` is asked for."""

    def __init__(self, rate: float, seconds: float):
        self.rate, self.seconds, self.conversations, self.rounds = rate, seconds, TALKED_IN, 1


def figures(when: str, rounds: list[dict[str, Any]]) -> dict[str, Any]:
    return {f"chat_{part}_{when}_ms": median(one[f"{part}_ms"] for one in rounds) for part in ("p50", "p99")}


class Burst:
    def __init__(self, running: Stack, mails: int):
        self.mails, self.app = mails, app_of(running)
        self.database = psycopg.connect(running.postgres.url("superuser"), autocommit=True)
        self.tenant = tenant_of(self.app)
        listen_as(self.app, self.tenant.id)

    def beside(self, port: int, talk: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The chat again and again until nothing waits any more, and one answer by mail after each round."""
        pouring = generator.start(pour, {"port": port, "mails": self.mails})
        began = time.monotonic()
        rounds: list[dict[str, Any]] = []
        while not self.drained() and time.monotonic() - began < PATIENCE:
            self.answer(len(rounds))
            rounds.append(talk())
        spent = time.monotonic() - began
        handed = generator.result(pouring)
        while self.one(ANSWERS)[0] and time.monotonic() - began < PATIENCE:
            time.sleep(0.5)
        return rounds, {**handed, "drained_s_at_most": round(spent, 1), **self.counted()}

    def one(self, query: str) -> Any:
        return self.database.execute(query).fetchone()

    def drained(self) -> bool:
        waiting, taken, otherwise = self.one(STATES)
        return bool(waiting == 0 and taken + otherwise == self.mails)

    def answer(self, number: int) -> None:
        """A mail of ours, as an answer is: recorded now, and handed over by the worker when its turn comes."""
        from crm.events import commit
        from crm.mail import queue_mail
        from crm.tenancy import as_tenant

        with self.app.app_context(), as_tenant(self.tenant.id):
            queue_mail(f"burst:{number}", "carla@customer.test", "password_changed", "en", link="http://127.0.0.1/")
            commit()

    def counted(self) -> dict[str, Any]:
        (said, different), (_, taken, otherwise) = self.one(SAID), self.one(STATES)
        unsent, half, longest = self.one(ANSWERS)
        return {"mails_lost": self.mails - different - otherwise, "mails_twice": said - different, "mails_taken": taken,
                "answers_not_sent": unsent, "answers_p50_s": round(half.total_seconds(), 2),
                "answers_longest_s": round(longest.total_seconds(), 2)}  # fmt: skip


def listen_as(app: Flask, tenant_id: uuid.UUID) -> None:
    from crm.accounts.models import Department
    from crm.tenancy import as_tenant

    with app.app_context(), as_tenant(tenant_id):
        Department.open_ones()[0].write_as(ADDRESS, "")


def pour(spec: dict[str, Any]) -> dict[str, Any]:
    """In a process of its own: all of them over a few lines, and again what was not taken."""
    began = time.perf_counter()
    with ThreadPoolExecutor(LINES) as lines:
        again = sum(lines.map(lambda line: hand_over(spec["port"], range(line, spec["mails"], LINES)), range(LINES)))
    return {"handed_over_s": round(time.perf_counter() - began, 1), "handed_over_again": again}


def hand_over(port: int, numbers: range) -> int:
    """How many had to be sent again. Each is from somebody new, about something else."""
    from .mail import one

    again, line = 0, None
    for number in numbers:
        while True:
            try:
                line = line or smtplib.SMTP("127.0.0.1", port, timeout=60)
                line.sendmail(f"carla{number}@customer.test", [ADDRESS], one(number, "burst"))
                break
            except (OSError, smtplib.SMTPException):
                again += 1
                with suppress(OSError, smtplib.SMTPException, AttributeError):
                    line.close()  # type: ignore[union-attr]
                line = None
                time.sleep(0.5)
    return again
