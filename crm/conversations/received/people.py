"""Who has written, as far as a mail can say: a sender's address is a claim, and opens nothing."""

from sqlalchemy import and_, exists, func, or_, select

from ...accounts.models import Department
from ...customers.models import Customer, VisitorToken
from ...db import db
from ...events import record
from ...mail import Mail
from ...mail.compose import server_address
from ...tenancy import current_tenant
from ..channels.email_in.parsed import Parsed, Person


def customer_by(sender: Person) -> Customer:
    """The customer with this proven address, else the one known by mails from it alone, else a new one.

    Never one whom somebody with a browser can be: there a stranger may have typed the address, who would then read the
    mails. A mail without an address makes a customer each time.
    """
    known = known_by(sender.address) if sender.address else None
    if known is None and sender.address:  # two mails of somebody new at once make one customer
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"sender {sender.address}"))))
        known = known_by(sender.address)
    if known:
        return known
    customer = Customer(name=sender.name, claimed_email=sender.address or None).save()
    record("customer.created", customer)
    return customer


def known_by(address: str) -> Customer | None:
    with_browser = exists().where(VisitorToken.tenant_id == Customer.tenant_id, VisitorToken.customer_id == Customer.id)
    by_mail_alone = and_(
        Customer.claimed_email == address, Customer.email.is_(None), Customer.external_id.is_(None),
        Customer.password_hash.is_(None), ~with_browser,
    )  # fmt: skip
    query = select(Customer).where(or_(Customer.email == address, by_mail_alone))
    return db.session.scalars(query.order_by(Customer.email.is_(None), Customer.id).limit(1)).first()


def is_our_own(parsed: Parsed) -> bool:
    """One of our own mails come back: from an address of ours, or under a Message-ID that we gave."""
    address, name = parsed.sender.address, parsed.message_id
    if address and address == server_address().lower():
        return True
    from_us = exists().where(Department.tenant_id == current_tenant.id, Department.address == (address or "-"))
    sent = exists().where(Mail.tenant_id == current_tenant.id, Mail.message_id == (name or "-"))
    return bool(db.session.scalar(select(or_(from_us, sent))))
