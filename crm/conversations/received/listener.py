"""A mail server for those who send straight to us, or whose own server hands over by LMTP (MAIL_LISTEN).

It knows the addresses of departments and signed reply addresses, keeps what comes, and says 250 only then. Whatever
we cannot do at the moment is answered with 4xx, so that the sender comes again.
"""

import asyncio
import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from email.utils import format_datetime
from itertools import groupby
from typing import Any, cast
from urllib.parse import urlsplit

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session, TLSSetupException
from flask import Flask

from ...db import now
from ...events import commit
from ...tenancy import as_tenant, recent_tenant
from ..channels.email_in.parse import MAX_BYTES
from .receive import Source, keep
from .recipients import Directory, Recipient
from .smtp_lines import SECONDS, Encryption, OverLMTP, OverSMTP

log = logging.getLogger(__name__)

MOST_RECIPIENTS = 50
TOO_LARGE = "552 5.3.4 This mail is larger than 25 MB."
LATER = "451 4.3.0 We cannot take mail at the moment. Try again later."


class Intake:
    """What aiosmtpd asks. The database is asked in threads: a slow one holds up nobody else's line."""

    def __init__(self, app: Flask, threads: int = 4):
        self.app, self.directory = app, Directory()
        self.threads = ThreadPoolExecutor(threads, "intake")

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str, said: list[str]
    ) -> list[str]:
        """Nobody signs in here."""
        session.host_name = name
        return [line for line in said if not line.startswith("250-AUTH")]

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
            if envelope.content is not None:
                await self.in_thread(self.keep, session, envelope)
            answer = "250 2.0.0 Kept" if envelope.content is not None else TOO_LARGE
        except Exception as problem:
            log.error("A mail could not be kept: %s", problem)
            answer = LATER
        one_each = len(envelope.rcpt_tos) if isinstance(server, LMTP) else 1
        return "\r\n".join([answer] * one_each)

    async def handle_exception(self, problem: Exception) -> str:
        if isinstance(problem, TLSSetupException):  # by one who knows no encryption of today, or never meant it
            log.info("A line was not encrypted: %s", problem.__cause__)
        else:
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
            with as_tenant(recent_tenant(tenant_id)):
                keep(trace(session, envelope, mine) + (envelope.original_content or b""), source)
                commit()


def trace(session: Session, envelope: Envelope, mine: list[Recipient]) -> bytes:
    """What a mail server writes at the top of what it delivers."""
    lines = [f"Return-Path: <{envelope.mail_from or ''}>", *(f"Delivered-To: {one.address}" for one in mine)]
    peer = session.peer[0] if isinstance(session.peer, tuple) else "local"
    named = "".join(c for c in session.host_name or "unknown" if c.isalnum() or c in ".-[]:")[:200]
    how = " with ESMTPS" if session.ssl else ""
    lines.append(f"Received: from {named} ([{peer}]) by rapport{how}; {format_datetime(now())}")
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")


async def listen(app: Flask, url: str) -> asyncio.Server:
    """A server beside which others may listen on the same port, as while a new release takes over."""
    parts, intake, config = urlsplit(url), Intake(app), app.config["CRM"]
    kind = OverLMTP if parts.scheme == "lmtp" else OverSMTP

    encryption = Encryption(config.mail_tls_cert, config.mail_tls_key)

    def line() -> asyncio.Protocol:
        return kind(
            intake,
            data_size_limit=MAX_BYTES,
            enable_SMTPUTF8=True,
            timeout=SECONDS,
            ident="Rapport",
            tls_context=encryption.now(),
        )

    return await asyncio.get_running_loop().create_server(line, parts.hostname, parts.port or 25, reuse_port=True)


async def until_told(app: Flask) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    server = await listen(app, app.config["CRM"].mail_listen)
    await ended.wait()
    server.close()


def serve(app: Flask) -> None:
    asyncio.run(until_told(app))
