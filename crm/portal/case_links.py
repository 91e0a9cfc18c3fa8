"""The link to a case: signed, for one ticket, until the ticket's links are revoked or it is too old."""

from dataclasses import dataclass
from uuid import UUID

from flask import current_app
from itsdangerous import BadData, SignatureExpired
from werkzeug.exceptions import Gone, NotFound

from ..db import db
from ..signing import PatientSigner
from ..tenancy import current_tenant, public_link
from ..tickets import queries
from ..tickets.models import Ticket
from .members import Member

LINK_DAYS = 365


@dataclass
class Holder(Member):
    """Who has the link: the ticket's customer, here for this ticket alone."""

    key: str = ""
    ticket_id: UUID | None = None

    def sees(self, conversation_id: UUID) -> bool:
        ticket = Ticket.find(id=self.ticket_id)
        return any(line.Conversation.id == conversation_id for line in queries.stretches(ticket))

    @property
    def rate_key(self) -> str:
        return f"case:{self.ticket_id}"


def signer() -> PatientSigner:
    return PatientSigner(current_app.config["CRM"].secret_key, salt="case")


def key_of(ticket: Ticket) -> str:
    return signer().sign(f"{ticket.tenant_id.hex}{ticket.id.hex}{ticket.link_version}").decode()


def link_of(ticket: Ticket) -> str:
    return public_link("cases.page", key=key_of(ticket))


def open_key(key: str) -> Ticket:
    """The ticket with its customer. Raises NotFound for a forged or foreign key, and Gone for one that opens nothing more."""
    try:
        signed = signer().unsign(key, max_age=LINK_DAYS * 86400).decode()
    except SignatureExpired:
        raise Gone() from None
    except BadData:
        raise NotFound() from None
    if signed[:32] != current_tenant.id.hex:
        raise NotFound()
    ticket = Ticket.find(id=UUID(signed[32:64]))
    if signed[64:] != str(ticket.link_version) or ticket.customer is None or ticket.customer.blocked_at:
        raise Gone()
    return Ticket.find(id=ticket.merged_into_id) if ticket.merged_into_id else ticket


def still_opens(key: str) -> bool:
    """Asked for open sockets after each revocation, within the tenant."""
    db.session.expire_all()
    try:
        return open_key(key) is not None
    except (Gone, NotFound):
        return False
