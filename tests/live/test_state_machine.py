"""Everything that can happen to a conversation, in any order, against a plain list: with real requests and real sockets of
a real server, whose processes are killed and whose Redis goes away.

RAPPORT_EXAMPLES says how many stories are tried (10 by default), RAPPORT_STEPS how long each is (25).
"""

import itertools
import os
import signal
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from crm.conversations.models import Conversation, Message, Rating
from crm.customers.models import Customer
from crm.db import db
from tests import make
from tests.live.page import Page, insist
from tests.live.server import Browser, colleagues

pytestmark = [pytest.mark.committed, pytest.mark.live]

STORIES, STEPS = int(os.environ.get("RAPPORT_EXAMPLES", "10")), int(os.environ.get("RAPPORT_STEPS", "25"))
SETTLES = 15
TEXTS = ["Hello", "<b>&amp;</b>", "Grüße 🎉", 'He said "no"', "日本語", "a\nb"]
EVERYBODY = st.sampled_from(["anna", "boris", "mia"])
STAFF = st.sampled_from(["anna", "boris"])
PAGES = st.sampled_from(["anna", "mia"])
slugs = (f"story{n}" for n in itertools.count(1))


@dataclass
class Said:
    id: str
    by: str
    kind: str
    text: str | None


class Story(RuleBasedStateMachine):
    server: Any
    bell: Any

    @initialize()
    def begin(self) -> None:
        self.slug = next(slugs)
        anna, boris = colleagues(self.slug)
        customer = make.customer(slug=self.slug)
        conversation = make.conversation(self.slug, customer=customer, assignee=anna, body="")
        self.id, self.number = conversation.id, conversation.number
        self.people = {"anna": anna, "boris": boris, "mia": customer}
        self.browsers = {name: Browser.of(self.server, who, self.slug) for name, who in self.people.items()}
        self.browsers["mia"].home = self.path("mia")
        self.model: list[Said] = []
        self.closed = self.answered = self.asked = self.rated = False
        self.ratings, self.kills, self.silences, self.numbers = 0, 0, 0, itertools.count(1)
        self.away: set[str] = set()
        self.news, self.tries = False, Counter[tuple[str, str]]()
        self.pages = {name: Page(self.browsers[name], self.path(name)) for name in ("anna", "mia")}

    def path(self, who: str) -> str:
        return f"{'/help' if who == 'mia' else ''}/conversations/{self.number}"

    def may(self, who: str, path: str) -> bool:
        """Customers are held back after ten of most things a minute."""
        self.tries[who, path] += 1
        return who != "mia" or self.tries[who, path] <= 8

    def send(self, who: str, path: str = "", method: str = "POST", **form: Any) -> int:
        self.news = True
        return insist(lambda: self.browsers[who].send(self.path(who) + path, method, **form))

    # -- saying something

    @rule(who=STAFF, text=st.sampled_from(TEXTS))
    def answer(self, who: str, text: str) -> None:
        self.say(who, "chat", f"{text} {next(self.numbers)}", str(uuid.uuid4()))

    @rule(text=st.sampled_from(TEXTS))
    def ask(self, text: str) -> None:
        self.say("mia", "chat", f"{text} {next(self.numbers)}", str(uuid.uuid4()))

    @rule(who=STAFF, text=st.sampled_from(TEXTS))
    def note(self, who: str, text: str) -> None:
        self.say(who, "note", f"{text} {next(self.numbers)}", str(uuid.uuid4()))

    def say(self, who: str, kind: str, text: str, id: str) -> None:
        form = {"body": text, "client_id": id, "kind": kind}
        status = self.send(who, "/messages", **form)
        for _ in range(10):  # who writes faster than people do is held back for two seconds
            if status == 429:
                time.sleep(0.5)
                status = self.send(who, "/messages", **form)
        if who == "mia" and self.closed:
            assert status == 409, "a closed conversation takes no more"
            return
        assert status == 201, status
        if who != "mia" and kind == "chat":
            self.go_on()
            self.answered = True
        self.model.append(Said(self.id_of(who, id), who, kind, text))

    def id_of(self, who: str, id: str) -> str:
        """The id that pages know it by: another one, when somebody else's message has the one that was sent."""
        with make.inside(self.slug):
            query = select(Message.client_id).where(Message.conversation_id == self.id)
            newest = query.where(Message.sender_id == self.people[who].id).order_by(Message.seq.desc())
            return str(db.session.scalars(newest.limit(1)).one())

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def send_again(self, data: Any) -> None:
        said = data.draw(st.sampled_from(self.model))
        before = self.closed
        status = self.send(said.by, "/messages", body="Something else", client_id=said.id, kind=said.kind)
        assert (status, self.closed) == (201, before), "a repeat is answered for ever, and changes nothing"

    @precondition(lambda self: self.model)
    @rule(data=st.data(), who=EVERYBODY)
    def send_with_the_id_of_somebody_else(self, data: Any, who: str) -> None:
        said = data.draw(st.sampled_from(self.model))
        if who != said.by and not any(one.id == str(uuid.uuid5(self.people[who].id, said.id)) for one in self.model):
            self.say(who, "chat", f"Not yours {next(self.numbers)}", said.id)

    # -- changing it

    @precondition(lambda self: self.model)
    @rule(data=st.data(), who=STAFF, text=st.sampled_from(TEXTS))
    def edit(self, data: Any, who: str, text: str) -> None:
        said, text = data.draw(st.sampled_from(self.model)), f"{text} {next(self.numbers)}"
        allowed = said.by == who and said.text is not None and not self.closed
        assert self.change(said, who, "PATCH", body=text) == (201 if allowed else 409)
        said.text = text if allowed else said.text

    @precondition(lambda self: self.model)
    @rule(data=st.data(), who=STAFF)
    def delete(self, data: Any, who: str) -> None:
        said = data.draw(st.sampled_from(self.model))
        allowed = said.text is None or (said.by == who and not self.closed)
        assert self.change(said, who, "DELETE") == (201 if allowed else 409)
        said.text = None if allowed else said.text

    def change(self, said: Said, who: str, method: str, **form: str) -> int:
        with make.inside(self.slug):
            row = Message.find(client_id=uuid.UUID(said.id), conversation_id=self.id)
        return self.send(who, f"/messages/{row.id}", method, **form)

    # -- the conversation

    @rule(to=STAFF, by=STAFF)
    def assign(self, to: str, by: str) -> None:
        status = self.send(by, "/transfer", to=f"employee:{self.people[to].id}", note="")
        assert status == (409 if self.closed else 302), status

    @rule(by=EVERYBODY)
    def close(self, by: str) -> None:
        by = by if self.may(by, "/closure") else "anna"
        assert self.send(by, "/closure") < 400
        self.asked, self.closed = self.asked if self.closed else self.answered, True

    @rule(by=EVERYBODY)
    def reopen(self, by: str) -> None:
        by = by if self.may(by, "/reopening") else "anna"
        assert self.send(by, "/reopening") < 400
        self.go_on()

    def go_on(self) -> None:
        if self.closed:
            self.closed = self.answered = self.asked = self.rated = False

    @precondition(lambda self: self.tries["mia", "/rating"] < 8)
    @rule(stars=st.integers(1, 5))
    def rate(self, stars: int) -> None:
        self.may("mia", "/rating")
        status = self.send("mia", "/rating", stars=stars)
        fits = self.asked and not self.rated
        assert status < 400 if fits else status == 409, (status, self.asked, self.rated)
        self.ratings, self.rated = self.ratings + fits, self.rated or fits

    # -- what goes wrong

    @rule(name=PAGES)
    def leave(self, name: str) -> None:
        self.pages[name].leave()
        self.away.add(name)

    @rule(name=PAGES)
    def come_back(self, name: str) -> None:
        if name in self.away:
            self.pages[name].come_back()
            self.away.discard(name)
            assert self.pages[name].shown == self.seen_by(name), "all of it, at once"

    @rule(name=PAGES)
    def cut(self, name: str) -> None:
        self.pages[name].cut()

    @precondition(lambda self: self.kills < 1)
    @rule()
    def kill_a_web_process(self) -> None:
        self.kills += 1
        pid = self.server.process.pid
        processes = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        os.kill(int(processes[0]), signal.SIGKILL)

    @precondition(lambda self: self.silences < 2)
    @rule()
    def redis_goes_or_comes(self) -> None:
        self.bell.start() if self.silences % 2 else self.bell.kill()
        self.silences += 1

    # -- what must be

    @precondition(lambda self: self.news)
    @rule()
    def everybody_who_is_there_sees_it(self) -> None:
        self.news = False
        for name, page in self.pages.items():
            wanted = self.seen_by(name)
            assert name in self.away or page.shows(wanted, SETTLES), (name, page.shown, wanted)

    def seen_by(self, name: str) -> list[tuple[str, str | None]]:
        return [(one.id, one.text) for one in self.model if name != "mia" or one.kind == "chat"]

    def teardown(self) -> None:
        if not hasattr(self, "pages"):
            return
        if self.silences % 2:
            self.redis_goes_or_comes()
        for name in sorted(self.away):
            self.come_back(name)
        self.everybody_who_is_there_sees_it()
        self.and_so_it_is_stored()
        for page in self.pages.values():
            page.leave()

    def and_so_it_is_stored(self) -> None:
        with make.inside(self.slug):
            query = select(Message).where(Message.conversation_id == self.id).order_by(Message.seq)
            rows = db.session.scalars(query).all()
            said = [
                (str(row.client_id), row.body if row.deleted_at is None else None)
                for row in rows
                if row.kind != "system"
            ]
            assert said == [(one.id, one.text) for one in self.model]
            rated = select(Rating).where(Rating.conversation_id == self.id, Rating.rated_at.is_not(None))
            assert len(db.session.scalars(rated).all()) == self.ratings
            conversation = Conversation.find(id=self.id)
            positions = sorted(row.staff_position for row in rows)
            assert len(set(positions)) == len(positions) and conversation.staff_position == positions[-1]
            assert db.session.scalar(select(Customer.id)) == self.people["mia"].id


def test_every_page_comes_to_show_what_was_said_whatever_happens(app, server, bell):
    Story.server, Story.bell = server, bell
    by_hand = "RAPPORT_EXAMPLES" in os.environ
    phases = [Phase.generate, *([Phase.shrink] if by_hand else [])]
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=STORIES, stateful_step_count=STEPS, deadline=None, database=None, suppress_health_check=checks,
            derandomize=not by_hand, phases=phases, print_blob=True,
        ),
    )  # fmt: skip
