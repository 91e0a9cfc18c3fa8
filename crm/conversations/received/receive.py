"""A mail from its bytes to what became of it, each exactly once, by whatever way and however often it comes.

It is kept first and read after that commit; what cannot be read, now or ever, keeps its row and its original.
"""

import logging
import os
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ...db import db
from ...events import commit, note
from ...outages import database_is_away
from ...tenancy import current_tenant
from ..channels.email_in.caps import Reader
from ..channels.email_in.parsed import Parsed, Refusal
from ..models import ReceivedMail
from . import bounces, people
from .saying import say

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """`kind` is command, smtp or imap; `recipient` whom the envelope names; `authserv_id` the name of its server."""

    kind: str
    recipient: str = ""
    department_id: UUID | None = None
    authserv_id: str = ""


def receive(raw: bytes, source: Source) -> tuple[ReceivedMail, bool]:
    """Keep the mail, read it and commit. Returns what became of it, and whether it was here before."""
    mail, new = kept(raw, source)
    commit()
    return settle(mail.id), not new


def keep(raw: bytes, source: Source) -> tuple[ReceivedMail, bool]:
    """Only keep it, for good when the caller commits; the worker reads it. Returns its row and whether it is new."""
    mail, new = kept(raw, source)
    if new:
        note("mail.arrived", mail)
    return mail, new


def kept(raw: bytes, source: Source) -> tuple[ReceivedMail, bool]:
    return ReceivedMail.take(raw, source.kind, source.recipient, source.department_id, source.authserv_id)


def settle(id: UUID) -> ReceivedMail:
    """Read a mail that waits, and commit. Raises only when the database is away: then it waits on."""
    try:
        mail = ReceivedMail.locked(id=id)
        if mail.state == "waiting":
            parsed = reader().understand(mail.raw, mail.authserv_id)
            with db.session.no_autoflush:  # what is found out about the mail is written at once, at the end
                decide(mail, parsed)
        commit()
    except Exception as problem:
        db.session.rollback()
        if database_is_away(problem):
            raise
        log.exception("A mail could not be read.", extra={"mail": str(id)})
        mail = ReceivedMail.locked(id=id)
        mail.put_off()
        commit()
    return mail


def decide(mail: ReceivedMail, parsed: Parsed | Refusal) -> None:
    if isinstance(parsed, Refusal):
        return mail.settle("refused", parsed.reason)
    mail.sender, mail.subject = parsed.sender.address, parsed.subject
    if parsed.automatic.bounce:
        return bounces.note(mail, parsed.automatic.bounce)
    ours, customer = people.sent_by(parsed)
    if ours:
        return mail.settle("ignored", "own")
    say(mail, parsed, customer or people.new_customer(parsed))


kept_reader: dict[int, Reader] = {}


def reader() -> Reader:
    """One child that reads, kept by this process: it starts in 0.3 s. Whoever forks gets one of their own."""
    return kept_reader.setdefault(os.getpid(), Reader())


def facts_of(mail: ReceivedMail, again: bool) -> dict[str, Any]:
    """What became of it, for programs."""
    message = mail.message
    conversation = message.conversation if message else None
    return {
        "became": became(mail),
        "again": again,
        "workspace": current_tenant.slug,
        "conversation": conversation.number if conversation else None,
        "threaded_by": mail.placed_by or None,
        "reason": mail.reason,
        "warning": mail.warning,
        "from": mail.sender,
        "subject": mail.subject,
        "text": message.body if message else "",
        "attachments": [{"name": file.name, "type": file.type, "size": file.size} for file in message.files]
        if message else [],
        "held_back": (mail.facts or {}).get("held", []),
        "automatic": (mail.facts or {}).get("automatic", ""),
    }  # fmt: skip


def became(mail: ReceivedMail) -> str:
    """A new conversation, a message of one, or what its state says."""
    if mail.state != "taken":
        return mail.state
    return "message" if mail.placed_by else "conversation"
