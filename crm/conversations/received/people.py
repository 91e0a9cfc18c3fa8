"""Who has written, as far as a mail can say: a sender's address is a claim, and opens nothing."""

from ...customers.models import Customer
from ...db import db
from ...events import record
from ...mail.compose import server_address
from ..channels.email_in.parsed import Parsed, Person
from .queries import ALONE, KNOWN_BY, OUR_OWN


def customer_by(sender: Person) -> Customer:
    """The customer with this proven address, else the one known by mails from it alone, else a new one.

    Never one whom somebody with a browser can be: there a stranger may have typed the address, who would then read the
    mails. A mail without an address makes a customer each time.
    """
    known = known_by(sender.address) if sender.address else None
    if known is None and sender.address:  # two mails of somebody new at once make one customer
        db.session.execute(ALONE, {"what": f"sender {sender.address}"})
        known = known_by(sender.address)
    if known:
        return known
    customer = Customer(name=sender.name, claimed_email=sender.address or None).save()
    record("customer.created", customer)
    return customer


def known_by(address: str) -> Customer | None:
    return db.session.scalars(KNOWN_BY, {"address": address}).first()


def is_our_own(parsed: Parsed) -> bool:
    """One of our own mails come back: from an address of ours, or under a Message-ID that we gave."""
    address, name = parsed.sender.address, parsed.message_id
    if address and address == server_address().lower():
        return True
    return bool(db.session.scalar(OUR_OWN, {"address": address or "-", "name": name or "-"}))
