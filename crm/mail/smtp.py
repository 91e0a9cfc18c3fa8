"""The line to the mail server."""

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app

from .. import failpoints

SMTP_SECONDS = 20


class Unanswered(Exception):
    """All of the message was handed over, and nobody knows whether it was taken."""


class Once:
    """Tells a line that broke while the message was under way, which must not be tried again, from one before it."""

    def data(self, message: Any) -> Any:
        try:
            return super().data(message)  # type: ignore[misc]
        except (OSError, smtplib.SMTPServerDisconnected) as problem:
            if isinstance(problem, smtplib.SMTPResponseException):
                raise
            raise Unanswered from problem

    def send(self, content: Any) -> None:
        whole = isinstance(content, bytes) and content.endswith(b"\r\n.\r\n")
        if whole:
            failpoints.reach("before_dot")
        super().send(content)  # type: ignore[misc]
        if whole:
            failpoints.reach("after_dot")


class Plain(Once, smtplib.SMTP):
    pass


class Secure(Once, smtplib.SMTP_SSL):
    pass


def deliver(message: EmailMessage) -> None:
    """Hand to the SMTP server of SMTP_URL. Raises Unanswered, OSError or smtplib.SMTPException."""
    url = urlsplit(current_app.config["CRM"].smtp_url)
    if not url.hostname:
        raise OSError("SMTP_URL is not set")
    secure = ssl.create_default_context()
    if url.scheme == "smtps":
        server: smtplib.SMTP = Secure(url.hostname, url.port or 465, timeout=SMTP_SECONDS, context=secure)
    else:
        server = Plain(url.hostname, url.port or 25, timeout=SMTP_SECONDS)
    try:
        if url.scheme == "smtp+starttls":
            server.starttls(context=secure)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)
    finally:
        with suppress(OSError, smtplib.SMTPException):  # whatever is said for goodbye, the message is taken or refused
            server.quit()
        server.close()
