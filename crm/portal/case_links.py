"""The link to a case: signed, for one ticket, until the ticket's links are revoked or it is too old."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from werkzeug.exceptions import Gone, NotFound

from ..db import db
from ..tenancy import public_link
from ..tickets import queries
from ..tickets.models import Ticket, TicketConversation
from .links import Links
from .members import Member

LINKS = Links("case", days=365)


@dataclass
class Holder(Member):
    """Who has the link: the ticket's customer, here for this ticket alone."""

    key: str = ""
    ticket_id: UUID | None = None

    def sees(self, conversation_id: UUID) -> bool:
        """What is said now in the conversation belongs to the ticket, or to the one in which it goes on."""
        part = TicketConversation.first(conversation_id=conversation_id, until_seq=None)
        if part is None or part.ticket_id == self.ticket_id:
            return part is not None
        after = goes_on(Ticket.find(id=self.ticket_id))
        return after is not None and after.id == part.ticket_id and leads_on(after)

    def begins(self, conversation_id: UUID) -> int:
        """From which seq on the conversation belongs to the ticket: what was said before is another's."""
        mine = TicketConversation.ticket_id == self.ticket_id, TicketConversation.conversation_id == conversation_id
        return db.session.scalar(select(func.min(TicketConversation.from_seq)).where(*mine)) or 0

    @property
    def rate_key(self) -> str:
        return f"case:{self.ticket_id}"


def goes_on(ticket: Ticket) -> Ticket | None:
    """The ticket in which a closed one was followed up: nothing more is said here."""
    over = ticket.status == "closed" and queries.current(ticket) is None
    return queries.followed_by(ticket) if over else None


def leads_on(after: Ticket) -> bool:
    """Whether a link to the ticket before may hand out one to `after`: not once those were taken back."""
    return after.link_version == 1


def key_of(ticket: Ticket) -> str:
    return LINKS.key(ticket.id, ticket.link_version)


def link_of(ticket: Ticket) -> str:
    return public_link("cases.page", key=key_of(ticket))


def open_key(key: str) -> Ticket:
    """The ticket with its customer. Raises NotFound for a forged or foreign key, and Gone for one that opens nothing more."""
    id, version = LINKS.read(key)
    ticket = Ticket.find(id=id)
    if version != str(ticket.link_version) or ticket.customer is None or ticket.customer.blocked_at:
        raise Gone()
    return ticket.whole()


def still_opens(key: str, conversation_id: UUID) -> bool:
    """Asked for open sockets after each revocation, within the tenant."""
    db.session.expire_all()
    try:
        ticket = open_key(key)
    except (Gone, NotFound):
        return False
    assert ticket.customer
    return Holder(ticket.customer, key=key, ticket_id=ticket.id).sees(conversation_id)
