"""The mails that are to be sent, and what became of them."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from email.utils import make_msgid
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app, render_template
from sqlalchemy import Index, UniqueConstraint, false
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Record, db, now, uuid7
from ..events import record
from ..templating import speaking
from ..tenancy import current_tenant

TRIES = 8


@dataclass(frozen=True)
class Letter:
    """What the mail of a person has more than a notice of the server; one without `message_uuid` only stands in a thread.

    `message_id` stays the same however often it is sent, with its angle brackets, as `in_reply_to` and `references`;
    `attachments` are {id, name, type} of kept files. Where `sender` is "", the server's own address stands.
    """

    message_uuid: UUID | None
    message_id: str
    subject: str
    sender: str = ""
    sender_name: str = ""
    reply_to: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    attachments: tuple[dict[str, str], ...] = ()


class Mail(Record):
    """One mail to one address. States: queued, sending, sent, failed, uncertain, bounced.

    `must_arrive`: rather twice than not at all, as an answer of ours; what is only a notice goes at most once.
    `message_uuid` is what a person said, for whom `sender`, `sender_name` and the rest of a Letter speak; it has none
    for what the server says by itself.
    """

    __tablename__ = "mails"
    __table_args__ = (
        UniqueConstraint("tenant_id", "key"),
        Index("ix_mails_due", "tenant_id", "state", "due"),
        Index("ix_mails_message", "tenant_id", "message_uuid"),
        Index("ix_mails_message_id", "tenant_id", "message_id"),
        Index("ix_mails_recipient", "tenant_id", "recipient", "created_at"),
    )

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
    sender: Mapped[str] = mapped_column(default="", server_default="")
    sender_name: Mapped[str] = mapped_column(default="", server_default="")
    reply_to: Mapped[str] = mapped_column(default="", server_default="")
    in_reply_to: Mapped[str] = mapped_column(default="", server_default="")
    references: Mapped[list[str] | None] = mapped_column(JSONB)
    attachments: Mapped[list[dict[str, str]] | None] = mapped_column(JSONB)
    message_uuid: Mapped[UUID | None]

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
            record("mail.delayed", self)

    def lost_sight_of(self, why: str) -> None:
        """Nobody knows whether it has arrived."""
        if self.must_arrive and self.tries + 1 < TRIES:
            return self.refused(why, forever=False)
        self.error = f"{why}; this mail may have arrived."
        self.end("uncertain")

    def bounced(self, why: str) -> None:
        """A server further on did not take it, and sent word. Twice is once; what was never sent cannot come back."""
        if self.state in ("sending", "sent", "uncertain"):
            self.error = why[:500]
            self.end("bounced")

    def end(self, state: str) -> None:
        """Tell what became of it. Whoever shows it to people listens to `mail.<state>`."""
        self.state = state
        record(f"mail.{state}", self)
        if self.secret:  # a sign-in link must not lie around in the database
            self.body = self.html = ""


def queue_mail(key: str, recipient: str, event: str, language: str, secret: bool = False,
               must_arrive: bool = False, letter: Letter | None = None, **context: Any) -> bool:  # fmt: skip
    """Write the mail `emails/<event>.{txt,html}` to be sent after the commit; its first line of text is the subject.

    `key` makes it unique in the tenant: a second call with the same key does nothing and returns False.
    With a `letter` its subject is the letter's, and the whole of the text is the body.
    """
    values = worded(event, language, letter, context)
    values |= {"key": key, "recipient": recipient, "secret": secret, "must_arrive": must_arrive}
    values |= {"id": uuid7(), "tenant_id": current_tenant.id, "state": "queued", "tries": 0, "due": now()}
    made = db.session.execute(
        insert(Mail.__table__).values(values).on_conflict_do_nothing().returning(Mail.__table__.c.id)
    )
    if made.first() is None:
        return False
    record("mail.queued", db.session.get(Mail, (current_tenant.id, values["id"])))
    return True


def worded(event: str, language: str, letter: Letter | None, context: dict[str, Any]) -> dict[str, Any]:
    """Subject, texts and headers."""
    with speaking(language):
        text = render_template(f"emails/{event}.txt", language=language, **context).strip()
        subject, _, body = ("", "", text) if letter else text.partition("\n")
        subject = " ".join((letter.subject if letter else subject).split())
        html = render_template(f"emails/{event}.html", language=language, subject=subject, **context)
    values = asdict(letter) if letter else {"message_id": make_msgid(domain=domain())}
    return values | {"subject": subject, "body": body.strip() + "\n", "html": html}


def domain() -> str | None:
    """What stands behind the @ of our Message-IDs."""
    return urlsplit(current_app.config["CRM"].public_url).hostname
