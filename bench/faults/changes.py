"""Employees edit and delete what they said; each change is tried until it is answered."""

import random
import time
from typing import Any

import gevent
import psycopg

from .clients import OUTAGE

FIND = "SELECT id FROM messages WHERE tenant_id = %s AND conversation_id = %s AND client_id = %s"


class Changes:
    """At most one change to a message, so that what it must say at the end is known."""

    def __init__(self, crew: Any):
        self.crew, self.open, self.done = crew, 0, 0

    def change_one(self) -> None:
        message = self.crew.random.choice(self.crew.messages)
        if not (message.acked_at and message.view.person.staff) or message.changing:
            return
        message.changing = True
        self.open += 1
        try:
            self.change(message, None if self.crew.random.random() < 0.3 else f"{message.text} (changed)")
        finally:
            self.open -= 1

    def change(self, message: Any, text: str | None) -> None:
        id = self.insist(lambda: self.find(message))
        path = f"{message.view.person.root}{message.view.path}/messages/{id}"
        self.crew.ledger.sure("changes", id=message.id, text=text)
        method, fields = ("DELETE", {}) if text is None else ("PATCH", {"body": text})
        answer = self.insist(lambda: self.answered(message, method, path, fields)) if id else None
        if answer is None:
            return  # it may have come through or not, and the ledger says so
        message.text = text
        message.changed_at = time.monotonic()
        message.view.show(answer.body.decode())
        self.crew.ledger.note("changed", id=message.id, text=text)
        self.done += 1

    def answered(self, message: Any, method: str, path: str, fields: dict[str, str]) -> Any:
        answer = message.view.person.asker.ask(method, path, fields)
        if answer.status >= 500 or answer.status == 429:
            raise OSError("later")
        if answer.status >= 300:
            self.crew.refused.append(answer.status)
            return None
        return answer

    def insist(self, work: Any) -> Any:
        for tried in range(12):
            try:
                return work()
            except (*OUTAGE, psycopg.Error):
                gevent.sleep(min(5.0, 0.5 * 2**tried) * random.uniform(0.7, 1.3))
        return None

    def find(self, message: Any) -> str | None:
        """Pages do not name a message by its own id yet; the bench reads it where it stands."""
        key = (message.view.person.tenant["id"], message.view.conversation, message.id)
        found = gevent.get_hub().threadpool.apply(self.look_up, (key,))
        if isinstance(found, psycopg.Error):
            raise found
        return found

    def look_up(self, key: tuple[str, str, str]) -> Any:
        """In a thread of the pool, which would print what it raises: so an error is returned."""
        try:
            with psycopg.connect(self.crew.spec["database"], connect_timeout=5) as connection:
                row = connection.execute(FIND, key).fetchone()
        except psycopg.Error as problem:
            return problem
        return str(row[0]) if row else None
