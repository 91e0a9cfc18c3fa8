"""What is asked of the database for each mail: made once, because thousands may come at a time."""

from typing import Any

from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from ...accounts.models import Department
from ...customers.models import Customer, VisitorToken
from ...db import prepared
from ...mail import Mail
from ..models import Conversation, MailId, Message

ADDRESS: Any = bindparam("address")
NAME: Any = bindparam("name")

# Whether an address is of a department, or a Message-ID of a mail of ours.
OUR_OWN = prepared(select(or_(exists().where(Department.address == ADDRESS), exists().where(Mail.message_id == NAME))))

with_browser = exists().where(VisitorToken.tenant_id == Customer.tenant_id, VisitorToken.customer_id == Customer.id)
by_mail_alone = and_(
    Customer.claimed_email == ADDRESS, Customer.email.is_(None), Customer.external_id.is_(None),
    Customer.password_hash.is_(None), ~with_browser,
)  # fmt: skip
# The customer with this proven address, else the one known by mails from it alone.
KNOWN_BY = prepared(
    select(Customer).where(or_(Customer.email == ADDRESS, by_mail_alone))
    .order_by(Customer.email.is_(None), Customer.id).limit(1)
)  # fmt: skip
ALONE = select(func.pg_advisory_xact_lock(func.hashtext(bindparam("what"))))

said = aliased(Message)
wrote = select(said.sender_id).where(said.tenant_id == Conversation.tenant_id, said.conversation_id == Conversation.id)
theirs = or_(Customer.id == Conversation.customer_id, Customer.id.in_(wrote.correlate(Conversation)))
# Of these Message-IDs where they are, with the addresses of the customers who take part there.
KNOWN_AMONG = prepared(
    select(MailId.rfc_id, Message.conversation_id, Customer.email, Customer.claimed_email)
    .join(Message, and_(Message.tenant_id == MailId.tenant_id, Message.id == MailId.message_id))
    .join(Conversation, and_(Conversation.tenant_id == Message.tenant_id, Conversation.id == Message.conversation_id))
    .outerjoin(Customer, and_(Customer.tenant_id == Conversation.tenant_id, theirs))
    .where(MailId.rfc_id.in_(bindparam("names", expanding=True)))
)
# Of these conversations those that are here, and not between colleagues.
HERE = prepared(
    select(Conversation.id).where(
        Conversation.id.in_(bindparam("ids", expanding=True)), Conversation.channel != "internal"
    )
)
