"""Mailboxes elsewhere are looked into by IMAP: each mail once, nothing left behind, and nobody waits for a server that hangs."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm.accounts.models import Department
from crm.conversations.models import Mailbox, Message, ReceivedMail
from crm.conversations.received import fetcher
from crm.conversations.received.mailboxes import tell_silent_mailboxes
from crm.conversations.received.receive import settle
from crm.db import db, now, uuid7
from crm.mail import Mail
from tests import make
from tests.conftest import replaced

from ..notifications.steps import told as told_of
from .mail_servers import imap_server, lying_imap_server, silent_server
from .mails import mail

pytestmark = pytest.mark.committed


@pytest.fixture
def private(app, monkeypatch):
    """Loopback is a private network: who runs the server has allowed it."""
    monkeypatch.setitem(app.config, "CRM", replaced(app.config["CRM"], mailbox_private_hosts=True))


def numbered(number):
    return mail(b"Mail %d" % number).replace(b"<one@", b"<%d@" % number)


def mailbox(port, take_old=False, slug="acme"):
    with make.inside(slug) as tenant:
        made = Mailbox(host="127.0.0.1", port=port, security="none", username="help", take_old=take_old)
        made.tenant_id, made.department_id, made.id = tenant.id, make.department_here("Post").id, uuid7()
        made.set_password("secret")
        return made.save()


def look(mailbox, line=None):
    follower = line or fetcher.Follower(make.state.app, fetcher.key_of(mailbox))
    with make.inside():
        follower.look()
        return follower


def received():
    with make.inside():
        return db.session.scalar(select(func.count()).select_from(ReceivedMail))


def test_what_arrives_is_fetched_once_over_a_kept_line_and_after_an_outage(app, private):
    with imap_server() as server:
        server.put(numbered(1))
        box = mailbox(server.port)
        follower = look(box)
        assert received() == 0  # what was there before is not wanted
        line = follower.line
        server.put(numbered(2), numbered(3))
        look(box, follower)
        look(box, follower)
        assert received() == 2 and follower.line is line
        server.stop()
        look(box, follower)
        with make.inside():
            assert Mailbox.find(id=box.id).error and follower.line is None
        server.start()  # with its mails numbered anew
        server.put(numbered(3), numbered(4))
        look(box, follower)
        assert received() == 3
        with make.inside():
            found = db.session.scalars(select(ReceivedMail).order_by(ReceivedMail.id)).all()
            assert settle(found[-1].id).state == "taken"
            assert Mailbox.find(id=box.id).error == ""
            conversation = db.session.scalars(select(Message)).one().conversation
            assert conversation.department_id == Department.find(name="Post").id


def test_what_is_there_already_is_taken_when_it_is_wanted(app, private, monkeypatch):
    monkeypatch.setattr(fetcher, "ASKED", 1)  # at once
    with imap_server() as server:
        server.put(numbered(1), numbered(2))
        before = received()
        box = mailbox(server.port, take_old=True)
        look(box)
        with make.inside():
            mine = [one for one in db.session.scalars(select(ReceivedMail)) if one.key and one.source == "imap"]
        assert before == 0 and len(mine) >= 2
        assert look(box).failures == 0 and received() == len(mine)


def test_a_server_that_hangs_holds_up_no_other(app, private, monkeypatch):
    monkeypatch.setattr(fetcher, "LOOK_SECONDS", 0.1)
    followers: dict = {}
    with imap_server() as server, silent_server() as silence:
        mailbox(silence)
        mailbox(server.port, take_old=True, slug="globex")
        server.put(numbered(1))
        with app.app_context():
            fetcher.follow(app, followers, fetcher.wanted())
        until = time.monotonic() + 60
        while not there("globex"):
            assert time.monotonic() < until
            time.sleep(0.05)
        with app.app_context():
            fetcher.follow(app, followers, set())
        assert followers == {}


def there(slug):
    with make.inside(slug):
        return ReceivedMail.first() is not None


def test_no_machine_that_only_we_can_reach_is_asked(app):
    with silent_server() as port:
        box = mailbox(port)
        look(box)
        with make.inside():
            assert "993 and 143" in Mailbox.find(id=box.id).error
            Mailbox.locked(id=box.id).port = 993
        look(box)
        with make.inside():
            assert "private network" in Mailbox.find(id=box.id).error


def test_a_quarter_of_an_hour_of_silence_is_told_once_to_the_owner(app, private):
    olivia = make.employee("Olivia", "owner")
    with silent_server() as port:
        box = mailbox(port)
    look(box)
    with make.inside():
        tell_silent_mailboxes()
        Mailbox.locked(id=box.id).created_at = now() - timedelta(minutes=16)
    for _ in range(2):
        with make.inside():
            tell_silent_mailboxes()
    with make.inside():
        [told] = db.session.scalars(select(Mail)).all()
        assert told.recipient == "olivia@acme.test" and "refused" in told.body
    assert [one.kind for one in told_of(olivia)] == ["mailbox_silent"]
    page = make.browser(olivia).get("/acme/settings/mailboxes").text
    assert "Silent" in page and "refused" in page
    with make.inside():
        Mailbox.locked(id=box.id).was_reached()
        assert Mailbox.find(id=box.id).alarmed_at is None


def test_a_server_that_says_without_end_is_hung_up_on(app, private):
    with lying_imap_server() as port:
        box = mailbox(port, take_old=True)
        look(box)
    with make.inside():
        assert "more at once" in Mailbox.find(id=box.id).error and received() == 0


def test_an_admin_connects_a_mailbox_and_nobody_reads_its_password(boris):
    client, desk = make.browser(boris), make.department("Post")
    form = {
        "host": "imap.example.com",
        "port": "993",
        "security": "tls",
        "username": "help@acme.test",
        "folder": "INBOX",
    }
    form |= {"department_id": str(desk.id), "password": "very secret", "authserv_id": ""}
    assert client.post("/acme/settings/mailboxes", data={**form, "host": "http://x/"}).status_code == 422
    assert client.post("/acme/settings/mailboxes", data=form).status_code == 303
    with make.inside():
        box = db.session.scalars(select(Mailbox)).one()
        assert box.password == "very secret" and "very secret" not in box.secret
    page = client.get(f"/acme/settings/mailboxes/{box.id}").text
    assert "help@acme.test" in page and "very secret" not in page
    there = f"/acme/settings/mailboxes/{box.id}"
    for moved in ({"host": "imap.evil.test"}, {"port": "143"}, {"security": "none"}):  # the password does not follow
        assert client.post(there, data={**form, **moved, "password": ""}).status_code == 422
    assert client.post(there, data={**form, "folder": "Support", "password": ""}).status_code == 303
    assert "help@acme.test" in client.get("/acme/settings/mailboxes").text
    assert client.post(f"{there}/removal").status_code == 303
    assert make.browser(make.anna()).get("/acme/settings/mailboxes").status_code == 403
