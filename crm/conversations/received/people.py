"""Who has written, as far as a mail can say: a sender's address is a claim, and opens nothing."""

from ...customers.models import Customer
from ...db import db
from ...events import record
from ...mail.compose import server_address
from ..channels.email_in.parsed import Parsed
from .queries import ALONE, SENT_BY


def sent_by(parsed: Parsed) -> tuple[bool, Customer | None]:
    """Whether it is one of our own mails come back, from an address of ours or under a Message-ID that we gave; and the
    customer whose proven address it is, else the one whose further address, else the one known by mails from it alone.

    Never one whom somebody with a browser can be: there a stranger may have typed the address, who would then read the
    mails.
    """
    address, name = parsed.sender.address or "-", parsed.message_id or "-"
    ours, customer = db.session.execute(SENT_BY, {"address": address, "name": name}).one()
    return ours or address == server_address().lower(), customer


def new_customer(parsed: Parsed) -> Customer:
    """Two mails of somebody new at once make one customer; a mail without an address makes one each time."""
    sender = parsed.sender
    if sender.address:
        db.session.execute(ALONE, {"what": f"sender {sender.address}"})
        _, known = sent_by(parsed)
        if known:
            return known
    customer = Customer(name=sender.name, claimed_email=sender.address or None).save()
    record("customer.created", customer)
    return customer
