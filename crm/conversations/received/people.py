"""Who has written, as far as a mail can say: a sender's address is a claim, and opens nothing."""

from sqlalchemy import exists, func, select

from ...accounts.models import Department
from ...customers.models import Customer, VisitorToken
from ...db import db
from ...events import record
from ...mail import Mail
from ...mail.compose import server_address
from ..channels.email_in.parsed import Person


def customer_by(sender: Person) -> Customer:
    """The customer with this proven address, else the one known by mails from it alone, else a new one.

    Never one whom somebody with a browser can be: there a stranger may have typed the address, who would then read the
    mails. A mail without an address makes a customer each time.
    """
    if sender.address:
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"sender {sender.address}"))))
        known = Customer.first(email=sender.address) or known_by_mail(sender.address)
        if known:
            return known
    customer = Customer(name=sender.name, claimed_email=sender.address or None).save()
    record("customer.created", customer)
    return customer


def known_by_mail(address: str) -> Customer | None:
    with_browser = exists().where(VisitorToken.tenant_id == Customer.tenant_id, VisitorToken.customer_id == Customer.id)
    query = select(Customer).where(
        Customer.claimed_email == address, Customer.email.is_(None), Customer.external_id.is_(None),
        Customer.password_hash.is_(None), ~with_browser,
    )  # fmt: skip
    return db.session.scalars(query.order_by(Customer.id).limit(1)).first()


def own_addresses() -> list[str]:
    """What our own mails come from: one that comes back is no customer's."""
    query = select(Department.address).where(Department.address != "")
    return [*db.session.scalars(query).all(), server_address()]


def sent_by_us(message_id: str) -> list[str]:
    """The mail's own Message-ID, when we gave it."""
    query = select(Mail.message_id).where(Mail.message_id == message_id).limit(1)
    return list(db.session.scalars(query).all()) if message_id else []
