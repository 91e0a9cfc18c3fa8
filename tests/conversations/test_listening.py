"""Mail servers hand over to us by SMTP and LMTP: what we know we keep, what we cannot keep now comes again."""

import smtplib
import socket
import ssl
from collections import Counter
from datetime import timedelta
from ipaddress import ip_address
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from redis import Redis
from sqlalchemy import select

from crm import create_app, jobs, relay
from crm.accounts.models import Department
from crm.conversations.channels.email_in.thread import reply_address
from crm.conversations.models import Conversation, ReceivedMail
from crm.conversations.received import listener, smtp_lines
from crm.conversations.received import receive as received
from crm.conversations.received.jobs import find_waiting_mails, read_mails
from crm.conversations.received.smtp_lines import Bounded
from crm.db import db, now
from crm.events import commit
from crm.extensions import bell
from tests import make
from tests.conftest import replaced

from .mail_servers import listening
from .mails import mail

pytestmark = pytest.mark.committed
PEM = Encoding.PEM


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
            read_mails.work()
            begun = db.session.scalars(select(Conversation)).one()
            assert begun.department_id == Department.find(name="Help").id
        address = reply_address(app.config["CRM"].secret_key, begun.tenant_id, begun.id, "acme.test")
        line.sendmail("carla@customer.test", [address], mail().replace(b"<one@", b"<two@"))
        with make.inside():
            read_mails.work()
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


def test_the_line_is_encrypted_where_there_is_a_certificate(app, desk, tmp_path, monkeypatch):
    certificate = tmp_path / "cert.pem"
    certificate.write_bytes(own_certificate())
    encrypted = replaced(app.config["CRM"], mail_tls_cert=str(certificate))
    monkeypatch.setitem(app.config, "CRM", encrypted)
    monkeypatch.setattr(Bounded, "opened", Counter())
    with listening(app) as port, smtplib.SMTP("127.0.0.1", port, timeout=30) as line:
        line.ehlo()
        assert line.has_extn("starttls") and not line.has_extn("auth")
        line.starttls(context=ssl.create_default_context(cadata=certificate.read_text()))
        line.ehlo()
        assert not line.has_extn("starttls") and not line.has_extn("auth")  # nobody signs in here
        line.sendmail("carla@customer.test", ["help@acme.test"], mail(b".\r\n..two dots\r\n"))
        assert Bounded.opened["127.0.0.1"] == 1
    [one] = kept()
    with make.inside():
        assert b"with ESMTPS" in one.raw and one.raw.endswith(b"\r\n\r\n.\r\n..two dots\r\n\r\n")


def own_certificate() -> bytes:
    """For 127.0.0.1, signed by itself, with its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now() - timedelta(days=1)).not_valid_after(now() + timedelta(days=1))
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    authority = x509.BasicConstraints(ca=True, path_length=None)
    signed = made.add_extension(here, False).add_extension(authority, True).sign(key, hashes.SHA256())
    return signed.public_bytes(PEM) + key.private_bytes(PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_line_has_its_limits_and_others_go_on(app, desk, monkeypatch):
    monkeypatch.setattr(Bounded, "opened", Counter())
    with listening(app) as port:
        with monkeypatch.context() as short:
            short.setattr(listener, "SECONDS", 0.2)
            slow = opened(port)
            assert slow.recv(100).startswith(b"220")
        slow.sendall(b"MAIL FR")
        line = smtplib.SMTP("127.0.0.1", port, timeout=30)
        assert is_cut_off(slow)
        crowd = [opened(port) for _ in range(smtp_lines.MOST_OF_ONE)]
        assert (crowd[0].recv(3), crowd[-1].recv(3)) == (b"220", b"421")
        line.ehlo()
        line.mail("carla@customer.test")
        assert {line.rcpt("help@acme.test")[0] for _ in range(listener.MOST_RECIPIENTS)} == {250}
        assert line.rcpt("help@acme.test")[0] == 452
        for one in (slow, *crowd, line):
            one.close()
    assert kept() == []


def is_cut_off(line):
    """By a reset, when it was over before the last word was sent."""
    try:
        return line.recv(100) == b""
    except ConnectionResetError:
        return True


def opened(port):
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def test_a_mail_of_endless_empty_rows_is_refused_and_the_next_one_taken(app, desk, monkeypatch):
    monkeypatch.setattr(smtp_lines, "MOST_ROWS", 10_000)
    with listening(app, "lmtp") as port, smtplib.LMTP("127.0.0.1", port, timeout=30) as line:
        for rows, answer in ((20_000, 552), (5_000, 250)):
            line.ehlo()
            line.mail("carla@customer.test")
            line.rcpt("help@acme.test")
            assert line.data(mail(b"\r\n" * rows + b"x" * 300_000))[0] == answer
    assert len(kept()) == 1


def test_mails_that_wait_wake_their_reader_once_and_without_redis_the_outbox_does(app, desk, servers, monkeypatch):
    line = Redis.from_url(servers.redis_url)
    line.flushdb()
    monkeypatch.setattr(jobs, "_app", app)

    def keep(*names):
        for name in names:
            with make.inside():
                received.keep(mail().replace(b"<one@", b"<%s@" % name), received.Source("smtp"))
                commit()
        return line.llen("rq:queue:inbound"), Counter(one.state for one in kept())

    assert keep(b"one", b"two") == (1, {"waiting": 2})
    jobs.run(str(kept()[0].tenant_id), "read_mails", {})
    assert keep(b"three") == (2, {"taken": 2, "waiting": 1})  # what began is not waited for
    bell.dead_until = monotonic() + 60
    assert keep(b"four") == (2, {"taken": 2, "waiting": 2})
    with app.app_context():
        relay.dispatch()
    assert line.llen("rq:queue:inbound") == 3
    with make.inside():
        for one in db.session.scalars(select(ReceivedMail)).all():
            one.due = now() - timedelta(minutes=2)
    with make.inside():
        find_waiting_mails()
    assert line.llen("rq:queue:inbound") == 4
