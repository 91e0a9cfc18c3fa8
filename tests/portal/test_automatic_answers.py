"""What the server answers by itself: never to a machine, and to nobody more than three times a day."""

import pytest
from sqlalchemy import select

from crm.conversations.channels.email_in.thread import reply_address
from crm.conversations.models import Conversation
from crm.conversations.received.receive import Source, receive
from crm.db import db
from crm.mail import Mail
from crm.tickets.models import Ticket
from tests import make
from tests.conversations.mails import mail
from tests.tickets.test_answers import relay
from tests.tickets.test_tickets import send

pytestmark = pytest.mark.committed


def write(number, more=b"", to="help@acme.test"):
    """The customer's mail, read and reacted to."""
    with make.inside():
        found, again = receive(mail(more=more).replace(b"<one@", b"<%d@" % number), Source("command", to))
        assert not again and found.message
    relay()
    return found


def kinds():
    with make.inside():
        return [key.partition(":")[0] for key in db.session.scalars(select(Mail.key)).all()]


def test_who_writes_again_and_again_is_answered_three_times_and_a_machine_never(client, app, anna):
    write(1)
    with make.inside() as tenant:
        conversation = Conversation.find(number=1)
        Ticket.open_from(Conversation.locked(id=conversation.id), anna, "Parcel")
        address = reply_address(app.config["CRM"].secret_key, tenant.id, conversation.id, "acme.test")
    relay()
    assert kinds() == ["auto"]  # it is taken up
    for number in range(2, 6):
        with make.inside():
            ticket = db.session.scalars(select(Ticket)).one()
        send(client, ticket, status="solved")
        relay()
        write(number, b"X-Loop: yes\r\n" if number == 2 else b"", address)
        with make.inside():
            assert Ticket.find(id=ticket.id).status == "open"
    assert (kinds().count("auto"), kinds().count("case")) == (3, 4)
