"""A mail from standard input, for mail servers that hand over by a command."""

import json
import sys

from sqlalchemy import select

from ..conversations.channels.email_in.parse import REFUSALS
from ..conversations.received.receive import Source, facts_of, receive
from ..db import db
from ..tenancy import Tenant, as_tenant
from .stop import Stop

DATA_ERROR = 65  # sysexits.h: the input was wrong. Mail servers send such mails back


class Unreadable(Stop):
    exit_code = DATA_ERROR


def take(slug: str, recipient: str, raw: bytes) -> str:
    """One line of JSON. Raises Stop for an unknown workspace, and Unreadable for what cannot be a mail."""
    tenant = db.session.scalar(select(Tenant).where(Tenant.slug == slug))
    if tenant is None:
        raise Stop(f"There is no workspace at /{slug}.")
    with as_tenant(tenant):
        mail, again = receive(raw, Source("command", recipient.strip().lower()))
        if mail.state == "refused":
            raise Unreadable(REFUSALS.get(mail.reason, "This mail takes too much time or memory to read. It is kept."))
        return json.dumps(facts_of(mail, again), ensure_ascii=False)


def read_input() -> bytes:
    return sys.stdin.buffer.read()
