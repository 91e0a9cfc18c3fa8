"""Outgoing mail: a row first, then SMTP in the worker.

SMTP cannot be exactly-once. Notices go at most once: one whose outcome is unknown is marked `uncertain` and not
sent again. Replies go at least once, with a Message-ID that stays the same.
"""

import logging
import re
import smtplib
import ssl
from contextlib import suppress
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from flask import current_app, render_template
from sqlalchemy import Index, UniqueConstraint, false, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from . import failpoints
from .db import Record, db, now, uuid7
from .events import Event, later, record
from .jobs import every, job
from .templating import speaking
from .tenancy import current_tenant

log = logging.getLogger(__name__)

SMTP_SECONDS = 20
TRIES = 8
ONE_ADDRESS = re.compile(r"[^\s@,;:<>()\"\\]+@[^\s@,;:<>()\"\\]+\Z")


class Mail(Record):
    """One mail to one address. States: queued, sending, sent, failed, uncertain.

    `must_arrive`: rather twice than not at all, as an answer of ours; what is only a notice goes at most once.
    """

    __tablename__ = "mails"
    __table_args__ = (UniqueConstraint("tenant_id", "key"), Index("ix_mails_due", "tenant_id", "state", "due"))

    key: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    html: Mapped[str]
    message_id: Mapped[str]
    secret: Mapped[bool] = mapped_column(default=False)
    must_arrive: Mapped[bool] = mapped_column(default=False, server_default=false())
    state: Mapped[str] = mapped_column(default="queued")
    tries: Mapped[int] = mapped_column(default=0)
    due: Mapped[datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]

    def sent(self) -> None:
        self.sent_at, self.error = now(), None
        self.end("sent")

    def refused(self, why: str, forever: bool) -> None:
        """The server did not take it. Try again later and later, up to about a day, unless it never will."""
        self.tries += 1
        self.error = why[:500]
        self.due = now() + timedelta(minutes=2**self.tries)
        if forever or self.tries >= TRIES:
            self.end("failed")
        else:
            self.state = "queued"

    def lost_sight_of(self, why: str) -> None:
        """Nobody knows whether it has arrived."""
        if self.must_arrive and self.tries + 1 < TRIES:
            return self.refused(why, forever=False)
        self.error = f"{why}; this mail may have arrived."
        self.end("uncertain")

    def end(self, state: str) -> None:
        self.state = state
        if self.secret:  # a sign-in link must not lie around in the database
            self.body = self.html = ""


def queue_mail(key: str, recipient: str, event: str, language: str, secret: bool = False,
               must_arrive: bool = False, **context: Any) -> bool:  # fmt: skip
    """Write the mail `emails/<event>.{txt,html}` to be sent after the commit; its first line of text is the subject.

    `key` makes it unique in the tenant: a second call with the same key does nothing and returns False.
    """
    with speaking(language):
        subject, _, body = render_template(f"emails/{event}.txt", language=language, **context).strip().partition("\n")
        html = render_template(f"emails/{event}.html", language=language, subject=subject, **context)
    values: dict[str, Any] = {
        "key": key,
        "recipient": recipient,
        "subject": " ".join(subject.split()),
        "body": body.strip() + "\n",
    }
    values |= {
        "id": uuid7(),
        "tenant_id": current_tenant.id,
        "html": html,
        "secret": secret,
        "must_arrive": must_arrive,
    }
    domain = urlsplit(current_app.config["CRM"].public_url).hostname
    values |= {"message_id": make_msgid(domain=domain), "state": "queued", "tries": 0, "due": now()}
    made = db.session.execute(
        insert(Mail.__table__).values(values).on_conflict_do_nothing().returning(Mail.__table__.c.id)
    )
    if made.first() is None:
        return False
    record("mail.queued", db.session.get(Mail, (current_tenant.id, values["id"])))
    return True


@later("mail.queued")
def hand_over(event: Event) -> None:
    send_mail.enqueue(mail_id=str(event.subject_id))


@every(seconds=60)
def find_stranded_mail() -> None:
    """What a lost Redis, a killed worker or a refusing server left behind."""
    before = now() - timedelta(seconds=60)
    waiting = select(Mail.id).where(Mail.state == "queued", Mail.due < before).limit(500)
    for mail_id in db.session.scalars(waiting).all():
        send_mail.enqueue(mail_id=str(mail_id))
    stranded = select(Mail).where(Mail.state == "sending", Mail.due < now() - timedelta(minutes=10)).limit(500)
    for mail in db.session.scalars(stranded).all():
        mail.lost_sight_of("The worker ended while it was sending")


@job(queue="mail", seconds=90)
def send_mail(mail_id: str) -> None:
    """Send one mail. Marked `sending` in a transaction of its own before the first byte leaves."""
    mail = Mail.locked(id=UUID(mail_id))
    if mail.state != "queued" or (mail.tries and mail.due > now()):  # a clock put back makes no first try wait
        return
    try:
        message = compose(mail)
    except ValueError as problem:
        return mail.refused(str(problem), forever=True)
    mail.state, mail.due = "sending", now()
    db.session.commit()
    failpoints.reach("mail_marked")
    try:
        deliver(message)
    except Unanswered:
        mail.lost_sight_of("The connection ended before the server answered")
    except smtplib.SMTPRecipientsRefused as refusal:
        mail.refused(*said(*next(iter(refusal.recipients.values()))))
    except smtplib.SMTPResponseException as refusal:
        mail.refused(*said(refusal.smtp_code, refusal.smtp_error))
    except (OSError, smtplib.SMTPException) as problem:
        mail.refused(str(problem) or type(problem).__name__, forever=False)
    else:
        failpoints.reach("after_answer")
        mail.sent()


def said(code: int, sentence: bytes | str) -> tuple[str, bool]:
    """The server's answer as text, and whether it is final (5xx)."""
    shown = sentence.decode(errors="replace") if isinstance(sentence, bytes) else sentence
    return f"{code} {shown}", code >= 500


def compose(mail: Mail) -> EmailMessage:
    """Raises ValueError for what is not one address."""
    if not ONE_ADDRESS.match(mail.recipient):
        raise ValueError("This is not one e-mail address.")
    message = EmailMessage()
    name, address = parseaddr(current_app.config["CRM"].mail_from)
    message["From"] = Address(in_one_line(current_tenant.name or name), addr_spec=address)
    message["To"] = Address(addr_spec=mail.recipient)
    message["Subject"] = in_one_line(mail.subject)
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    message.add_alternative(mail.html, subtype="html")
    return message


def in_one_line(text: str) -> str:
    return " ".join(text.split())


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
