"""What is asked of the database for each mail: made once, because thousands may come at a time."""

from typing import Any

from sqlalchemy import and_, bindparam, case, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from ...accounts.models import Department
from ...customers.models import Customer, CustomerEmail, VisitorToken
from ...db import prepared
from ...mail import Mail
from ..models import Conversation, MailId, Message

ADDRESS: Any = bindparam("address")
NAME: Any = bindparam("name")

# Whose further address it is: one customer's at most. A subquery of its own, so that the rows are found by their key.
owner = select(CustomerEmail.customer_id).where(CustomerEmail.email == ADDRESS).scalar_subquery()
with_browser = exists().where(VisitorToken.tenant_id == Customer.tenant_id, VisitorToken.customer_id == Customer.id)
by_mail_alone = and_(
    Customer.claimed_email == ADDRESS, Customer.email.is_(None), Customer.external_id.is_(None),
    Customer.password_hash.is_(None), ~with_browser,
)  # fmt: skip
our_own = or_(exists().where(Department.address == ADDRESS), exists().where(Mail.message_id == NAME))
always = select(literal(1).label("one")).subquery("always")
# One row: whether an address is of a department, or a Message-ID of a mail of ours; and the customer whose first
# address it is, else the one whose further address, else the one known by mails from it alone.
nearest = case((Customer.email == ADDRESS, 0), (Customer.id == owner, 1), else_=2)
SENT_BY = prepared(
    select(our_own, Customer).select_from(always)
    .outerjoin(Customer, or_(Customer.email == ADDRESS, Customer.id == owner, by_mail_alone))
    .order_by(nearest, Customer.id).limit(1)
)  # fmt: skip
ALONE = select(func.pg_advisory_xact_lock(func.hashtext(bindparam("what"))))

said = aliased(Message)
wrote = exists().where(
    said.tenant_id == Conversation.tenant_id, said.conversation_id == Conversation.id, said.sender_id == Customer.id
)
takes_part = exists().where(
    Customer.tenant_id == Conversation.tenant_id,
    or_(Customer.email == ADDRESS, Customer.claimed_email == ADDRESS, Customer.id == owner),
    or_(Customer.id == Conversation.customer_id, wrote.correlate(Conversation, Customer)),
)  # fmt: skip
# Of these Message-IDs where they are, and whether a customer with this address takes part there: it is the conversation's
# own, or has written in it. It begins at the address, so that neither many customers nor long threads make it slow.
KNOWN_AMONG = prepared(
    select(MailId.rfc_id, Message.conversation_id, takes_part.correlate(Conversation))
    .join(Message, and_(Message.tenant_id == MailId.tenant_id, Message.id == MailId.message_id))
    .join(Conversation, and_(Conversation.tenant_id == Message.tenant_id, Conversation.id == Message.conversation_id))
    .where(MailId.rfc_id.in_(bindparam("names", expanding=True)))
)
# Of these conversations those that are here, and not between colleagues.
HERE = prepared(
    select(Conversation.id).where(
        Conversation.id.in_(bindparam("ids", expanding=True)), Conversation.channel != "internal"
    )
)
