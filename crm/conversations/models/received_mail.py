"""Mails as they came in, and what became of each: nothing that was taken from anybody vanishes without a trace."""

import hashlib
import json
import re
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Index, UniqueConstraint, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, make_transient, make_transient_to_detached, mapped_column

from ...accounts.models import Department
from ...db import Record, belongs_to, db, now, reference, uuid7
from ...files import keep_as_it_is, path_of
from ...kept_files import names_file, names_files_within
from ...personal import goes
from ...tenancy import current_tenant
from .message import Message

TRIES = 8
# What servers write on a mail's way: one mail that comes by two ways differs in these alone.
ON_THE_WAY = re.compile(
    rb"^(?:received|return-path|delivered-to|x-[!-9;-~]*|envelope-to|authentication-results|arc-[!-9;-~]*|dkim-signature"
    rb"|received-spf|status):[^\n]*\n(?:[ \t][^\n]*\n)*",
    re.IGNORECASE | re.MULTILINE,
)
NAMED = re.compile(rb"^message-id:\s*\S", re.IGNORECASE | re.MULTILINE)
MOST_HEADER = 500_000


class ReceivedMail(Record):
    """States: waiting to be read; taken (it is `message`), bounce (of `mail_id`), ignored, blocked, refused, and why.

    `source` is command, smtp or imap; `recipient` whom the envelope named; `department_id` whose mailbox it was.
    `placed_by` is how its conversation was found: address, message_id or "" for a new one. `quoted` is the rest of
    its text, `html` its clean page; `facts` what is shown of it beside the message.
    """

    __tablename__ = "received_mails"
    __table_args__ = (
        reference("messages", "message_id", ondelete="CASCADE"),
        reference("departments", "department_id"),
        reference("mails", "mail_id"),
        UniqueConstraint("tenant_id", "key"),
        CheckConstraint("state in ('waiting', 'taken', 'bounce', 'ignored', 'blocked', 'refused')", name="state"),
        Index("ix_received_mails_due", "tenant_id", "state", "due"),
        Index("ix_received_mails_message", "tenant_id", "message_id"),
        Index("ix_received_mails_mail", "tenant_id", "mail_id", postgresql_where=text("mail_id IS NOT NULL")),
    )

    key: Mapped[str]
    source: Mapped[str]
    recipient: Mapped[str] = mapped_column(default="")
    department_id: Mapped[UUID | None]
    authserv_id: Mapped[str] = mapped_column(default="")
    raw_id: Mapped[UUID]
    size: Mapped[int]
    state: Mapped[str] = mapped_column(default="waiting")
    reason: Mapped[str] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=0)
    due: Mapped[datetime] = mapped_column(default=now)
    sender: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    placed_by: Mapped[str] = mapped_column(default="")
    warning: Mapped[str] = mapped_column(default="")
    message_id: Mapped[UUID | None]
    mail_id: Mapped[UUID | None]
    facts: Mapped[dict[str, Any] | None]
    quoted: Mapped[str | None] = mapped_column(deferred=True)
    html: Mapped[str | None] = mapped_column(deferred=True)

    message: Mapped[Message | None] = belongs_to("Message", "ReceivedMail.message_id")
    department: Mapped[Department | None] = belongs_to("Department", "ReceivedMail.department_id")

    @classmethod
    def take(cls, raw: bytes, source: str, recipient: str = "", department_id: UUID | None = None,
             authserv_id: str = "") -> tuple[Self, bool]:  # fmt: skip
        """Keep a mail as it came, to be read later; the one that is here already when it came before, by whatever way.

        Returns whether it is new.
        """
        mail = cls(id=uuid7(), tenant_id=current_tenant.id, created_at=now(), key=key_of(raw), size=len(raw))
        mail.source, mail.recipient, mail.department_id, mail.authserv_id = (
            source,
            recipient,
            department_id,
            authserv_id,
        )
        mail.raw_id, mail.state, mail.due = uuid7(), "waiting", now()
        for name in ("reason", "sender", "subject", "placed_by", "warning"):
            setattr(mail, name, "")
        mail.tries, mail.message_id, mail.mail_id, mail.facts = 0, None, None, None
        if db.session.execute(TAKE, {name: getattr(mail, name) for name in WRITTEN_FIRST}).first() is None:
            return cls.find(key=mail.key), False
        keep_as_it_is(raw, "mail.eml", "message/rfc822", mail.raw_id)
        make_transient_to_detached(mail)
        db.session.add(mail)
        return mail, True

    @property
    def raw(self) -> bytes:
        return path_of(self.raw_id).read_bytes()

    def settle(self, state: str, reason: str = "") -> None:
        """Say what became of it."""
        self.state, self.reason = state, reason[:500]

    def become(self, message: Message, rfc_id: str) -> None:
        """It is this message now, whose Message-ID is `rfc_id` (see MailId.note); "" for none. In one statement."""
        self.message_id, self.message = message.id, message
        self.settle("taken")
        values = {name: getattr(self, name) for name in WRITTEN_LAST} | {"facts": json.dumps(self.facts)}
        db.session.execute(BECOME, {**values, "name_id": uuid7(), "rfc_id": rfc_id, "named": bool(rfc_id), "at": now()})
        db.session.expunge(self)
        make_transient(self)
        make_transient_to_detached(self)  # as it was read from its row
        db.session.add(self)

    def put_off(self) -> None:
        """It could not be read now: try again later and later, and in the end keep it for people to look at."""
        self.tries += 1
        self.due = now() + timedelta(minutes=2**self.tries)
        if self.tries >= TRIES:
            self.settle("refused", "It could not be read, however often it was tried. The original is kept.")

    @classmethod
    def of(cls, message: Message) -> Self | None:
        return db.session.scalars(select(cls).where(cls.message_id == message.id)).first()


WRITTEN_FIRST = [
    column.name for column in ReceivedMail.__table__.columns if column.name not in ("facts", "quoted", "html")
]
TAKE = insert(ReceivedMail.__table__).on_conflict_do_nothing().returning(ReceivedMail.__table__.c.id)
BECOME = text("""
WITH named AS (
    INSERT INTO mail_ids (tenant_id, id, created_at, message_id, rfc_id, direction)
    SELECT :tenant_id, :name_id, :at, :message_id, :rfc_id, 'in' WHERE :named
    ON CONFLICT DO NOTHING
)
UPDATE received_mails SET state = :state, reason = :reason, sender = :sender, subject = :subject, placed_by = :placed_by,
    warning = :warning, message_id = :message_id, facts = cast(:facts AS jsonb), quoted = :quoted, html = :html
WHERE tenant_id = :tenant_id AND id = :id
""")
WRITTEN_LAST = (
    *(
        "tenant_id",
        "id",
        "state",
        "reason",
        "sender",
        "subject",
        "placed_by",
        "warning",
        "message_id",
        "quoted",
        "html",
    ),
)


def key_of(raw: bytes) -> str:
    """The same for every copy of a mail. One without a Message-ID is told apart by its way, too."""
    raw = raw.replace(b"\r\n", b"\n").strip(b"\n")
    header, blank, body = raw[:MOST_HEADER].partition(b"\n\n")
    if not blank or not NAMED.search(header):
        return hashlib.sha256(raw).hexdigest()
    same = ON_THE_WAY.sub(b"", header + b"\n")
    return hashlib.sha256(same + blank + body + raw[MOST_HEADER:]).hexdigest()


goes("received_mails", _l("E-mails as they came"))
names_file("received_mails", "raw_id")
names_files_within("received_mails", "facts", "$.pictures.*.id")
