"""The line to somebody's IMAP server: with time limits, and to no machine that only we can reach."""

import imaplib
import socket
import ssl
from typing import Any

from flask import current_app
from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError

from ... import outward
from ...sealed import Unreadable
from ..channels.email_in.parse import MAX_BYTES
from ..models import Mailbox

SECONDS = 30  # for a connection, and for each answer
MOST_SAID = MAX_BYTES + 2 * 1024 * 1024
PORTS = {143, 993}


class Unreachable(Exception):
    """Why, as a sentence for the owner."""


def connect(mailbox: Mailbox) -> BaseMailBox:
    """Signed in, with the folder still to be chosen. Raises Unreachable."""
    try:
        line = Line(mailbox)
        line.login(mailbox.username, mailbox.password, initial_folder=None)
    except Unreadable:
        raise Unreachable("The password cannot be read any more. Type it again.") from None
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as problem:
        raise Unreachable(said(problem)) from None
    return line


def said(problem: BaseException) -> str:
    """The server's words, or the system's, in one line."""
    text = problem.args[0] if problem.args and isinstance(problem.args[0], bytes) else str(problem)
    shown = text.decode(errors="replace") if isinstance(text, bytes) else text
    return " ".join(shown.split())[:300] or type(problem).__name__


def reach(host: str, port: int, seconds: float) -> socket.socket:
    private = current_app.config["CRM"].mailbox_private_hosts
    if not private and port not in PORTS:
        raise Unreachable("Only the ports 993 and 143 are used for mailboxes.")
    try:
        return outward.reach(host, port, seconds, private)
    except outward.Private:
        raise Unreachable("This server stands in a private network. Who runs Rapport can allow that.") from None


class Measured:
    """All that a server says to one question is held in memory: it must not be more than a mail may have."""

    said = 0

    def _new_tag(self) -> bytes:
        self.said = 0
        return super()._new_tag()  # type: ignore[misc]

    def read(self, size: int) -> bytes:
        self.count(size)
        return super().read(size)  # type: ignore[misc]

    def readline(self) -> bytes:
        line: bytes = super().readline()  # type: ignore[misc]
        self.count(len(line))
        return line

    def count(self, more: int) -> None:
        self.said += more
        if self.said > MOST_SAID:
            raise imaplib.IMAP4.abort("The server says more at once than a mail may have.")


class Plain(Measured, imaplib.IMAP4):
    def _create_socket(self, timeout: float | None) -> socket.socket:
        return reach(self.host, self.port, timeout or SECONDS)


class Secure(Measured, imaplib.IMAP4_SSL):
    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = reach(self.host, self.port, timeout or SECONDS)
        return self.ssl_context.wrap_socket(plain, server_hostname=self.host)


class Line(BaseMailBox):
    """A mailbox as imap-tools knows them, over a connection of ours."""

    def __init__(self, mailbox: Mailbox):
        self.mailbox = mailbox
        super().__init__()

    def _get_mailbox_client(self) -> Any:
        mailbox, context = self.mailbox, ssl.create_default_context()
        if mailbox.security == "tls":
            return Secure(mailbox.host, mailbox.port, ssl_context=context, timeout=SECONDS)
        plain = Plain(mailbox.host, mailbox.port, timeout=SECONDS)
        if mailbox.security == "starttls":
            plain.starttls(context)
        return plain
