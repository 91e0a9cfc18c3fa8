"""A line over which mails are handed to us, as aiosmtpd speaks it, but within limits of time, number and memory."""

import asyncio
import logging
import ssl
from collections import Counter
from pathlib import Path
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

from ..channels.email_in.parse import MAX_BYTES

log = logging.getLogger(__name__)

SECONDS = 300  # for a command, and for the whole of a mail
LONGEST = 1800  # for all that is said over one line: who stays may come again
MOST_LINES, MOST_OF_ONE = 100, 10
MOST_ROWS = 1_000_000  # of one mail: the longest that people send has a third of that
AT_A_TIME = 500


class Bounded:
    """So many lines at once, and so many from one address: mails of 25 MB are held in memory."""

    opened: Counter[str] = Counter()
    line_length_limit = 100_000  # many programs write longer lines than they may, and most servers take them
    caller = ""
    ending: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        if self.caller:  # the same line again, encrypted now
            return super().connection_made(transport)  # type: ignore[misc]
        peer = transport.get_extra_info("peername")
        self.caller = str(peer[0]) if isinstance(peer, tuple) else "local"
        self.opened[self.caller] += 1
        if self.opened.total() > MOST_LINES or self.opened[self.caller] > MOST_OF_ONE:
            transport.write(b"421 4.3.2 Too many connections. Try again later.\r\n")
            return transport.close()
        self.ending = asyncio.get_running_loop().call_later(LONGEST, transport.close)
        super().connection_made(transport)  # type: ignore[misc]

    def connection_lost(self, problem: Exception | None) -> None:
        self.opened[self.caller] -= 1
        if not self.opened[self.caller]:
            del self.opened[self.caller]
        if self.ending is not None:
            self.ending.cancel()
        if getattr(self, "transport", None) is not None:
            super().connection_lost(problem)  # type: ignore[misc]

    async def smtp_DATA(self, argument: str | None) -> None:
        """The mail in one piece: aiosmtpd's own keeps each row for itself, a gigabyte for 25 MB of empty ones."""
        here: Any = self
        if await here.check_helo_needed():
            return
        if argument or not here.envelope.rcpt_tos:
            return await here.push("501 5.5.4 Syntax: DATA" if argument else "503 5.5.1 Name a recipient first.")
        await here.push("354 End data with <CR><LF>.<CR><LF>")
        here.envelope.content = here.envelope.original_content = await body(here._reader)
        answer = await here._call_handler_hook("DATA")
        here._set_post_data_state()
        await here.push(answer)


async def body(reader: asyncio.StreamReader) -> bytes | None:
    """What comes until a row with nothing but a dot; None when that is more than we take. Others' lines go on meanwhile."""
    content, rows, begins = bytearray(), 0, True
    while (piece := await some_of(reader)) != b".\r\n" or not begins:
        rows += 1
        if len(content) <= MAX_BYTES and rows <= MOST_ROWS:
            content += piece[1:] if begins and piece.startswith(b".") else piece
        begins = piece.endswith(b"\r\n")
        if rows % AT_A_TIME == 0:
            await asyncio.sleep(0)
    return bytes(content) if len(content) <= MAX_BYTES and rows <= MOST_ROWS else None


async def some_of(reader: asyncio.StreamReader) -> bytes:
    """A row with its end, or a piece of one that is longer than any should be."""
    try:
        return await reader.readuntil(b"\r\n")
    except asyncio.LimitOverrunError as long:
        return await reader.read(long.consumed)


class OverSMTP(Bounded, SMTP):
    pass


class OverLMTP(Bounded, LMTP):
    pass


class Encryption:
    """For STARTTLS, without a certificate none. Raises OSError or ssl.SSLError when there is no good one to begin with."""

    def __init__(self, certificate: str, key: str):
        self.certificate, self.key, self.read_at = certificate, key, 0
        self.context = self.made() if certificate else None

    def made(self) -> ssl.SSLContext:
        self.read_at = Path(self.certificate).stat().st_mtime_ns
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key or None)
        return context

    def now(self) -> ssl.SSLContext | None:
        """Made anew when the certificate was renewed; while that cannot be read the old one serves."""
        try:
            if self.context and Path(self.certificate).stat().st_mtime_ns != self.read_at:
                self.context = self.made()
        except OSError as problem:  # ssl.SSLError is one
            log.error("The renewed MAIL_TLS_CERT cannot be used: %s", problem)
        return self.context
