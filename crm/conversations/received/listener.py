"""A mail server for those who send straight to us, or whose own server hands over by LMTP (MAIL_LISTEN).

It knows the addresses of departments and signed reply addresses, keeps what comes, and says 250 only then. Whatever
we cannot do at the moment is answered with 4xx, so that the sender comes again.
"""

import asyncio
import logging
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from email.utils import format_datetime
from itertools import groupby
from typing import Any, cast
from urllib.parse import urlsplit

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from ...db import now
from ...events import commit
from ...tenancy import as_tenant
from ..channels.email_in.parse import MAX_BYTES
from .receive import Source, keep
from .recipients import Directory, Recipient

log = logging.getLogger(__name__)

SECONDS = 300  # for a command, and for the whole of a mail
MOST_LINES, MOST_OF_ONE, MOST_RECIPIENTS = 40, 10, 50
LATER = "451 4.3.0 We cannot take mail at the moment. Try again later."


class Intake:
    """What aiosmtpd asks. The database is asked in threads: a slow one holds up nobody else's line."""

    def __init__(self, app: Flask, threads: int = 4):
        self.app, self.directory = app, Directory()
        self.threads = ThreadPoolExecutor(threads, "intake")

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients. Send the others another copy."
        try:
            found = await self.in_thread(self.directory.find, address)
        except Exception as problem:
            log.error("A recipient could not be looked up: %s", problem)
            return LATER
        if found is None:
            return "550 5.1.1 Nobody here has this address."
        cast(list[Recipient], envelope.rcpt_tos).append(found)
        return "250 2.1.5 Known"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        try:
            await self.in_thread(self.keep, session, envelope)
            answer = "250 2.0.0 Kept"
        except Exception as problem:
            log.error("A mail could not be kept: %s", problem)
            answer = LATER
        one_each = len(envelope.rcpt_tos) if isinstance(server, LMTP) else 1
        return "\r\n".join([answer] * one_each)

    async def handle_exception(self, problem: Exception) -> str:
        log.error("A line broke.", exc_info=problem)
        return LATER

    async def in_thread(self, work: Any, *arguments: Any) -> Any:
        def inside() -> Any:
            with self.app.app_context():
                return work(*arguments)

        return await asyncio.get_running_loop().run_in_executor(self.threads, inside)

    def keep(self, session: Session, envelope: Envelope) -> None:
        """Once for each workspace. The first of its recipients says where it goes."""
        config, found = self.app.config["CRM"], cast(list[Recipient], envelope.rcpt_tos)
        people = sorted(found, key=lambda one: str(one.tenant_id))
        for tenant_id, group in groupby(people, key=lambda one: one.tenant_id):
            mine = sorted(group, key=lambda one: one.department_id is not None)
            source = Source("smtp", mine[0].address, mine[0].department_id, config.mail_authserv_id)
            with as_tenant(tenant_id):
                keep(trace(session, envelope, mine) + (envelope.original_content or b""), source)
                commit()


def trace(session: Session, envelope: Envelope, mine: list[Recipient]) -> bytes:
    """What a mail server writes at the top of what it delivers."""
    lines = [f"Return-Path: <{envelope.mail_from or ''}>", *(f"Delivered-To: {one.address}" for one in mine)]
    peer = session.peer[0] if isinstance(session.peer, tuple) else "local"
    named = "".join(c for c in session.host_name or "unknown" if c.isalnum() or c in ".-[]:")[:200]
    lines.append(f"Received: from {named} ([{peer}]) by rapport; {format_datetime(now())}")
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")


class Bounded:
    """So many lines at once, and so many from one address: mails of 25 MB are held in memory."""

    opened: Counter[str] = Counter()
    line_length_limit = 100_000  # many programs write longer lines than they may, and most servers take them

    def connection_made(self, transport: Any) -> None:
        peer = transport.get_extra_info("peername")
        self.caller = str(peer[0]) if isinstance(peer, tuple) else "local"
        self.opened[self.caller] += 1
        if self.opened.total() > MOST_LINES or self.opened[self.caller] > MOST_OF_ONE:
            transport.write(b"421 4.3.2 Too many connections. Try again later.\r\n")
            return transport.close()
        super().connection_made(transport)  # type: ignore[misc]

    def connection_lost(self, problem: Exception | None) -> None:
        self.opened[self.caller] -= 1
        if getattr(self, "transport", None) is not None:
            super().connection_lost(problem)  # type: ignore[misc]


class OverSMTP(Bounded, SMTP):
    pass


class OverLMTP(Bounded, LMTP):
    pass


async def listen(app: Flask, url: str) -> asyncio.Server:
    """A server beside which others may listen on the same port, as while a new release takes over."""
    parts, intake = urlsplit(url), Intake(app)
    kind = OverLMTP if parts.scheme == "lmtp" else OverSMTP
    return await asyncio.get_running_loop().create_server(
        lambda: kind(intake, data_size_limit=MAX_BYTES, enable_SMTPUTF8=True, timeout=SECONDS, ident="Rapport"),
        parts.hostname, parts.port or 25, reuse_port=True,
    )  # fmt: skip


async def until_told(app: Flask) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    server = await listen(app, app.config["CRM"].mail_listen)
    await ended.wait()
    server.close()


def serve(app: Flask) -> None:
    asyncio.run(until_told(app))
