"""Fetches mails from mailboxes elsewhere: a thread and a kept connection for each, so that none waits for another.

What was fetched and how far that is are committed together, so nothing is skipped and nothing comes twice, whatever
breaks; after an outage everything since the last one is there.
"""

import logging
import re
import time
from dataclasses import dataclass, field
from datetime import timedelta
from imaplib import IMAP4
from threading import Event, Thread
from typing import Any
from uuid import UUID

from flask import Flask
from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError
from sqlalchemy import select

from ...db import db, end_reading, now
from ...events import commit
from ...tenancy import Tenant, as_tenant
from ..channels.email_in.parse import MAX_BYTES
from ..models import Mailbox
from .line import Unreachable, connect, said
from .receive import Source, keep

log = logging.getLogger(__name__)

LOOK_SECONDS, LIST_SECONDS, LONGEST_PAUSE = 15.0, 10.0, 300.0
NEWS = timedelta(minutes=1)  # how often a success is written down
OVERLAP = timedelta(days=2)  # looked at again when the server has numbered its mails anew
TROUBLE = (OSError, IMAP4.error, ImapToolsError, Unreachable)
ASKED = 50_000  # numbers at once: all that are there may be more than a line holds
SIZE = re.compile(rb"RFC822\.SIZE (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Key:
    """A mailbox as it is set now: one that is changed is another."""

    tenant_id: UUID
    id: UUID
    settings: tuple[Any, ...]


@dataclass
class Follower:
    """Looks into one mailbox until it is told to stop."""

    app: Flask
    key: Key
    told: Event = field(default_factory=Event)
    line: BaseMailBox | None = None
    failures: int = 0

    def run(self) -> None:
        while not self.told.is_set():
            try:
                with self.app.app_context(), as_tenant(self.key.tenant_id):
                    self.look()
            except Exception as problem:  # the database is away, or something nobody thought of: the next round
                self.hang_up()
                self.failures += 1
                log.error("A mailbox could not be looked into: %s", problem, exc_info=log.isEnabledFor(logging.DEBUG))
            self.told.wait(min(LOOK_SECONDS * 2**self.failures, LONGEST_PAUSE))
        self.hang_up()

    def look(self) -> None:
        """Once. What the mail server says against it is written down for the owner."""
        mailbox = Mailbox.find(id=self.key.id)
        end_reading()  # no connection to the database is held while the mail server thinks
        try:
            self.line = self.line or connect(mailbox)
            fetch_new(self.line, mailbox)
            self.failures = 0
            reached(mailbox)
        except TROUBLE as problem:
            self.hang_up()
            self.failures += 1
            db.session.rollback()
            Mailbox.locked(id=self.key.id).was_not_reached(said(problem))
        commit()

    def hang_up(self) -> None:
        line, self.line = self.line, None
        if line is not None:
            try:
                line.client.shutdown()
            except OSError as problem:
                log.debug("A line was gone already: %s", problem)


def reached(mailbox: Mailbox) -> None:
    if mailbox.error or mailbox.alarmed_at or not mailbox.last_success_at or mailbox.last_success_at < now() - NEWS:
        Mailbox.locked(id=mailbox.id).was_reached()


def fetch_new(line: BaseMailBox, mailbox: Mailbox) -> None:
    """Each new mail in a transaction of its own, the oldest first."""
    line.folder.set(mailbox.folder, readonly=True)
    uidvalidity = number(line, "UIDVALIDITY")
    if mailbox.uidvalidity is None and not mailbox.take_old:
        return begin_after(line, mailbox, uidvalidity)
    for uid in new_uids(line, mailbox, uidvalidity):
        raw, whole = content(line, uid)
        here = Mailbox.locked(id=mailbox.id)
        if raw:
            mail, _new = keep(raw, Source("imap", department_id=here.department_id, authserv_id=here.authserv_id))
            if not whole and mail.state == "waiting":
                mail.settle("refused", "too_large")
        here.read_up_to(uidvalidity, uid)
        commit()
    if mailbox.uidvalidity != uidvalidity:
        Mailbox.locked(id=mailbox.id).uidvalidity = uidvalidity
        commit()


def begin_after(line: BaseMailBox, mailbox: Mailbox, uidvalidity: int) -> None:
    """What is there at the beginning is not wanted."""
    Mailbox.locked(id=mailbox.id).read_up_to(uidvalidity, max(last_uid(line), 0))
    commit()


def last_uid(line: BaseMailBox) -> int:
    """Of a mailbox just opened. All are asked for only of servers that do not tell: a hundred thousand fill a line."""
    after = number(line, "UIDNEXT")
    return after - 1 if after else max((int(uid) for uid in line.uids("ALL", charset=None)), default=0)


def new_uids(line: BaseMailBox, mailbox: Mailbox, uidvalidity: int) -> list[int]:
    """Those after the last; when the server has numbered anew all of the last days, because each is kept only once."""
    if mailbox.uidvalidity in (None, uidvalidity):
        starts = range(mailbox.last_uid + 1, last_uid(line) + 1, ASKED)
        found = (line.uids(f"UID {start}:{start + ASKED - 1}", charset=None) for start in starts)
        return sorted(int(uid) for some in found for uid in some)
    since = (mailbox.last_success_at or mailbox.created_at) - OVERLAP
    return sorted(int(uid) for uid in line.uids(f"SINCE {since:%d-%b-%Y}", charset=None))


def content(line: BaseMailBox, uid: int) -> tuple[bytes, bool]:
    """The mail, and whether it is all of it: of one that is too large only its header. b"" when it is gone meanwhile."""
    sizes = b" ".join(part for part in asked(line, uid, "(RFC822.SIZE)") if isinstance(part, bytes))
    found = SIZE.search(sizes)
    small = not found or int(found[1]) <= MAX_BYTES
    answer = asked(line, uid, "(BODY.PEEK[])" if small else "(BODY.PEEK[HEADER])")
    return next((part[1] for part in answer if isinstance(part, tuple)), b""), small


def asked(line: BaseMailBox, uid: int, what: str) -> list[Any]:
    state, answer = line.client.uid("fetch", str(uid), what)
    if state != "OK":
        raise Unreachable(f"The server did not give mail {uid}.")
    return list(answer)


def number(line: BaseMailBox, name: str) -> int:
    _, values = line.client.response(name)
    return int(values[0]) if values and values[0] else 0


# -- all of them


def watch(app: Flask, leaving: list[int]) -> None:
    """Keep a follower for each mailbox in use, until there is something in `leaving`."""
    followers: dict[Key, Follower] = {}
    while not leaving:
        try:
            with app.app_context():
                follow(app, followers, wanted())
        except Exception as problem:
            log.error("The mailboxes could not be read: %s", problem)
        for _ in range(int(LIST_SECONDS / 0.5)):
            if not leaving:
                time.sleep(0.5)


def follow(app: Flask, followers: dict[Key, Follower], keys: set[Key]) -> None:
    for gone in followers.keys() - keys:
        followers.pop(gone).told.set()
    for key in keys - followers.keys():
        followers[key] = Follower(app, key)
        Thread(target=followers[key].run, name=f"mailbox {key.id}", daemon=True).start()


def wanted() -> set[Key]:
    tenants = list(db.session.scalars(select(Tenant).order_by(Tenant.id)).all())
    end_reading()
    keys = set()
    for tenant in tenants:
        with as_tenant(tenant):
            keys |= {key_of(mailbox) for mailbox in Mailbox.in_use()}
    return keys


def key_of(mailbox: Mailbox) -> Key:
    settings = (mailbox.host, mailbox.port, mailbox.security, mailbox.username, mailbox.secret, mailbox.folder)
    return Key(mailbox.tenant_id, mailbox.id, settings)
