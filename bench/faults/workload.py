"""The load's process: two businesses talk until they are told to stop, then wait until every page shows everything."""

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gevent

from .changes import Changes
from .clients import OUTAGE, Line, Person, View
from .ledger import Ledger
from .page import new_id
from .settled import told

WORDS = "the parcel should have come on Monday and did not, so we look where it is now".split()
ODD = ("<b>&amp;</b> \"quoted\" 'so'", "Grüße ☃ ﷽ \u202e", "two\nlines", "{{ 7 * 7 }} %s \\", "x" * 1600)


@dataclass
class Message:
    """`text` is what it should say at the end, None when it was deleted; `changed_at` when that was answered."""

    id: str
    kind: str
    text: str | None
    view: View
    sent_at: float = 0.0
    acked_at: float = 0.0
    changed_at: float = 0.0
    changing: bool = field(default=False)


class Crew:
    def __init__(self, spec: dict[str, Any]):
        self.spec, self.address = spec, (spec["host"], spec["port"])
        self.host = f"{spec['host']}:{spec['port']}"
        self.ledger, self.random = Ledger(Path(spec["kept"]) / "ledger.jsonl"), random.Random(spec["seed"])
        self.canaries = {tenant["slug"]: tenant["canary"].encode() for tenant in spec["tenants"]}
        self.statuses, self.closed = Counter[int](), dict[int, int]()
        self.leaks: list[str] = []
        self.refused: list[int] = []
        self.broken: list[str] = []
        self.messages: list[Message] = []
        self.tried_again, self.repeated, self.invited = 0, 0, 0
        self.sending = True
        self.moments = {"broken": 0.0, "healed": 0.0}
        self.views = [view for tenant in spec["tenants"] for view in self.open(tenant)]
        self.changes = Changes(self)

    def open(self, tenant: dict[str, Any]) -> list[View]:
        """Every employee has the inbox open, and each of their conversations; every visitor has their own."""
        staff = [Person(self, tenant, one) for one in tenant["employees"]]
        for person in staff:
            Line(person, "/live", lambda frame: None)
        gevent.spawn(self.invite, staff[0])
        views = []
        for facts in tenant["visitors"]:
            views += [View(staff[facts["employee"]], facts), View(Person(self, tenant, facts), facts)]
        return views

    # -- what is met on the way

    def met(self, person: Person, status: int, content: bytes, where: str) -> None:
        """Every frame and every answer: nobody else's canary, and no bare 500."""
        self.statuses[status] += 1
        if status == 500 or status == 502:
            self.broken.append(where)
        for slug, canary in self.canaries.items():
            if slug != person.tenant["slug"] and canary in content:
                self.leaks.append(where)

    def acknowledged(self, view: View, message: Message) -> None:
        if message.acked_at:
            self.repeated += 1
            return
        message.acked_at = time.monotonic()
        self.ledger.note("acked", by=view.person.id, conversation=view.conversation, id=message.id)

    # -- what is done

    def talk(self) -> None:
        """Open loop: at even distances, whatever comes back."""
        began, number = time.monotonic(), 0
        while self.sending:
            number += 1
            gevent.sleep(max(0.0, began + number / self.spec["rate"] - time.monotonic()))
            self.say(number)
            if number % 25 == 0:
                gevent.spawn(self.say_again)
            if number % 12 == 0 and self.spec["database"]:
                gevent.spawn(self.changes.change_one)
            if number % 10 == 0:
                gevent.spawn(self.look)

    def say(self, number: int) -> None:
        view = self.random.choice(self.views)
        kind = "note" if view.person.staff and self.random.random() < 0.15 else "chat"
        words = " ".join(self.random.choices(WORDS, k=8)) + (self.random.choice(ODD) if number % 9 == 0 else "")
        message = Message(new_id(), kind, f"{view.person.tenant['canary']} {number} {words}".strip(), view)
        self.messages.append(message)
        view.write(message)

    def say_again(self) -> None:
        """A message that was answered is sent once more, as after an answer that got lost on its way."""
        message = self.random.choice(self.messages)
        if message.acked_at and message.text and not message.changing:
            message.view.unsent.append(message)
            message.view.run()

    def look(self) -> None:
        """Somebody loads a page afresh."""
        view = self.random.choice(self.views)
        path = "/inbox/all" if view.person.staff and self.random.random() < 0.5 else view.path
        try:
            view.reading.ask("GET", view.person.root + path)
        except OUTAGE:
            self.statuses[-1] += 1

    def invite(self, owner: Person) -> None:
        """Mail: each invitation sends one, at most once."""
        number = 0
        while self.sending:
            gevent.sleep(1.5)
            number += 1
            address = f"new{number}@{owner.tenant['slug']}.test"
            fields = {"email": address, "role": "agent", "department_id": ""}
            try:
                answer = owner.asker.ask("POST", f"{owner.root}/employees/invite", fields)
                self.invited += answer.status in (302, 303)
            except OUTAGE:
                self.statuses[-1] += 1

    # -- the end

    def unseen(self) -> list[tuple[View, Message]]:
        """Whose page does not show what it should."""
        expected: dict[str, list[Message]] = {}
        for message in self.messages:
            if message.acked_at:
                expected.setdefault(message.view.conversation, []).append(message)
        missing = []
        for view in self.views:
            shown = {item.id: item for item in view.thread.items if item.seq is not None}
            for message in expected.get(view.conversation, ()):
                if message.kind == "note" and not view.person.staff:
                    continue
                if message.id not in shown or shown[message.id].text != message.text:
                    missing.append((view, message))
        return missing

    def waiting(self) -> int:
        return sum(len(view.unsent) for view in self.views) + self.changes.open

    def settle(self) -> float:
        """Until all is sent and shown, or patience ends; returns how long it took."""
        began = time.monotonic()
        while (self.waiting() or self.unseen()) and time.monotonic() - began < self.spec["patience"]:
            gevent.sleep(0.2)
        return time.monotonic() - began

    def report(self, settled: float) -> dict[str, Any]:
        lists = Path(self.spec["kept"]) / "lists.json"
        lists.write_text(json.dumps([shown(view) for view in self.views]))
        return {
            "sent": len(self.messages), "acked": sum(1 for one in self.messages if one.acked_at),
            "waiting": self.waiting(), "unseen": len(self.unseen()), **told(self),
            "settled_after_s": round(settled, 2), "leaks": self.leaks, "broken": self.broken, "refused": self.refused,
            "statuses": {str(k): v for k, v in self.statuses.items()}, "closed": {str(k): v for k, v in self.closed.items()},
            "tried_again": self.tried_again, "repeated": self.repeated, "changed": self.changes.done, "invited": self.invited,
        }  # fmt: skip


def shown(view: View) -> dict[str, Any]:
    """A page at the end, in the order it stands in."""
    items = [[item.id, item.seq, item.kind, item.text] for item in view.thread.items]
    return {"person": view.person.id, "staff": view.person.staff, "tenant": view.person.tenant["id"],
            "conversation": view.conversation, "position": view.thread.position, "items": items}  # fmt: skip


def tell(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


def progress(crew: Crew) -> None:
    while True:
        tell(progress={"acked": sum(1 for one in crew.messages if one.acked_at), "sent": len(crew.messages),
                       "waiting": crew.waiting()})  # fmt: skip
        gevent.sleep(1)


def commands(crew: Crew, obey: dict[str, Callable[[float], None]]) -> None:
    while obey:
        line = gevent.get_hub().threadpool.apply(sys.stdin.readline)
        word, _, moment = line.strip().partition(" ")
        obey[word or "stop"](float(moment or 0))
        if word in ("", "stop"):
            return


def work(spec: dict[str, Any]) -> dict[str, Any]:
    """Says when it is ready, begins at once, and takes `broken T`, `healed T` and `stop` from stdin."""
    crew = Crew(spec)
    until = time.monotonic() + 30
    while not all(view.line.opened and view.thread.position for view in crew.views) and time.monotonic() < until:
        gevent.sleep(0.1)
    tell(ready=sum(view.line.opened for view in crew.views))
    gevent.spawn(progress, crew)
    talking = gevent.spawn(crew.talk)
    stop = lambda _moment: setattr(crew, "sending", False)  # noqa: E731
    note = {name: lambda moment, name=name: crew.moments.update({name: moment}) for name in crew.moments}
    gevent.spawn(commands, crew, {**note, "stop": stop})
    talking.join()
    return crew.report(crew.settle())
