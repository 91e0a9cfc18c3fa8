"""Mail servers hand over to us by SMTP and LMTP: what we know we keep, what we cannot keep now comes again."""

import smtplib

import pytest
from sqlalchemy import select

from crm import create_app
from crm.accounts.models import Department
from crm.conversations.channels.email_in.thread import reply_address
from crm.conversations.models import Conversation, ReceivedMail
from crm.conversations.received.jobs import read_mail
from crm.db import db
from tests import make
from tests.conftest import replaced

from .mail_servers import listening
from .mails import mail

pytestmark = pytest.mark.committed


@pytest.fixture
def desk(app):
    with make.inside():
        desk = make.department_here("Help")
        desk.write_as("help@acme.test", "")
        return desk


def kept(slug="acme"):
    with make.inside(slug):
        return list(db.session.scalars(select(ReceivedMail).order_by(ReceivedMail.id)).all())


def test_a_mail_to_a_department_or_a_signed_address_is_kept_and_read_later(app, desk):
    with listening(app) as port, smtplib.SMTP("127.0.0.1", port, timeout=20) as line:
        assert line.sendmail("carla@customer.test", ["Help@ACME.test"], mail()) == {}
        [one] = kept()
        assert (one.state, one.source, one.recipient) == ("waiting", "smtp", "help@acme.test")
        with make.inside():
            assert one.raw.startswith(b"Return-Path: <carla@customer.test>\r\nDelivered-To: help@acme.test\r\n")
            read_mail.work(id=str(one.id))
            begun = db.session.scalars(select(Conversation)).one()
            assert begun.department_id == Department.find(name="Help").id
        address = reply_address(app.config["CRM"].secret_key, begun.tenant_id, begun.id, "acme.test")
        line.sendmail("carla@customer.test", [address], mail().replace(b"<one@", b"<two@"))
        with make.inside():
            read_mail.work(id=str(kept()[1].id))
            assert ReceivedMail.find(id=kept()[1].id).placed_by == "address"


def test_strangers_addresses_are_refused_and_others_workspaces_addresses_stay_theirs(app, desk):
    with make.inside("globex"):
        make.department_here("Help").write_as("help@acme.test", "")  # typed later, by somebody else
    with listening(app) as port, smtplib.SMTP("127.0.0.1", port, timeout=20) as line:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            line.sendmail("carla@customer.test", ["nobody@acme.test"], mail())
        assert next(iter(refused.value.recipients.values()))[0] == 550
        line.sendmail("carla@customer.test", ["help@acme.test"], mail())
    assert (len(kept()), len(kept("globex"))) == (1, 0)


def test_by_lmtp_each_recipient_has_an_answer_and_the_mail_is_kept_once(app, desk):
    with make.inside():
        make.department_here("Sales").write_as("sales@acme.test", "")
    with listening(app, "lmtp") as port, smtplib.LMTP("127.0.0.1", port, timeout=20) as line:
        line.ehlo()
        assert line.mail("carla@customer.test")[0] == 250
        assert {line.rcpt(address)[0] for address in ("help@acme.test", "sales@acme.test")} == {250}
        assert line.data(mail())[0] == 250
        assert line.getreply()[0] == 250  # the second recipient's
        assert line.noop()[0] == 250
    assert len(kept()) == 1


def test_while_the_database_is_away_the_sender_is_asked_to_come_again(app, config):
    away = create_app(replaced(config, database_url="postgresql://nobody:x@127.0.0.1:9/none"), testing=True)
    with listening(away) as port, smtplib.SMTP("127.0.0.1", port, timeout=30) as line:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            line.sendmail("carla@customer.test", ["help@acme.test"], mail())
        assert next(iter(refused.value.recipients.values()))[0] == 451
    assert make.state.app is app


def test_what_is_too_large_is_refused_before_it_is_sent(app, desk):
    with listening(app) as port, smtplib.SMTP("127.0.0.1", port, timeout=30) as line:
        line.ehlo()
        assert line.docmd("MAIL FROM:<carla@customer.test> SIZE=30000000")[0] == 552
