"""A mail that comes in becomes a message exactly once, where it belongs, or leaves a trace that says why not."""

import base64
import os
import uuid
from time import process_time

import pytest
from sqlalchemy import func, select

from crm.conversations.channels.email_in.caps import CPU_SECONDS
from crm.conversations.channels.email_in.thread import reply_address
from crm.conversations.models import Conversation, MailId, Message, ReceivedMail
from crm.conversations.models.writing import Draft, reply
from crm.conversations.received.receive import Source, facts_of, receive
from crm.customers.models import Customer, CustomerEmail
from crm.db import db
from crm.mail import Mail, queue_mail
from tests import make

from .limits import MOST_MEMORY, memory_now, most_memory
from .machine_mails import CASES
from .mails import mail, part, parts

SMTP, COMMAND = Source("smtp"), Source("command")


def become(raw, source=COMMAND):
    """What a program is told became of the mail."""
    with make.inside():
        found, again = receive(raw, source)
        return facts_of(found, again)


def count(model):
    with make.inside():
        return db.session.scalar(select(func.count()).select_from(model))


def the(number):
    with make.inside():
        return Conversation.find(number=number)


def from_(address, raw=None, name="Carla Meyer"):
    return (raw or mail()).replace(b"Carla Meyer <carla@customer.test>", f"{name} <{address}>".encode())


def another(raw, id="two"):
    return raw.replace(b"<one@customer.test>", f"<{id}@customer.test>".encode())


def answered():
    """A conversation that Carla began by mail, with our answer: its number, our Message-ID and the reply address."""
    first, anna = become(mail()), make.anna()
    with make.inside() as tenant:
        conversation = Conversation.locked(number=first["conversation"])
        said = reply(conversation, anna, Draft("It left today.", uuid.uuid4()))
        MailId.note(said, "<ours@acme.test>", "out")
        secret = make.state.app.config["CRM"].secret_key
        return first["conversation"], reply_address(secret, tenant.id, conversation.id, "acme.test")


def test_a_mail_of_somebody_new_waits_in_the_queue_as_a_conversation(client):
    told = become(mail(b"Hello, where is it?\r\n\r\nOn Fri, 20 Nov 2026 at 9:00 Acme wrote:\r\n> It left."))
    assert told["became"] == "conversation" and told["text"] == "Hello, where is it?"
    conversation = the(told["conversation"])
    assert (conversation.channel, conversation.status) == ("email", "queued")
    assert conversation.subject == told["subject"] == "Where is my parcel?"
    with make.inside():
        customer = Customer.find(id=conversation.customer_id)
        assert (customer.name, customer.email, customer.claimed_email) == ("Carla Meyer", None, "carla@customer.test")
    assert "Hello, where is it?" in client.get(f"/acme/conversations/{conversation.number}").text


def test_a_mail_costs_few_statements(client, statements):
    """Thousands may come at once: each of these costs all of them."""
    answered()
    naming = another(mail(more=b"In-Reply-To: <ours@acme.test>\r\n"))
    cost = []
    for raw in (naming, another(from_("new@customer.test"), "three")):
        statements.clear()
        become(raw)
        cost.append(len([one for one in statements if "SET LOCAL" not in one]))
    assert cost[0] <= 8 and cost[1] <= 19, (cost, statements)  # with one for the workspace


@pytest.mark.committed
def test_a_mail_that_comes_twice_and_by_two_ways_is_there_once(anna):
    way = b"Return-Path: <carla@customer.test>\r\nReceived: from a by b;\r\n\tFri, 20 Nov 2026 10:00:01 +0100\r\n"
    raw = mail()
    told = [become(raw), become(raw), become(way + raw, SMTP), become(raw.replace(b"\r\n", b"\n"), SMTP)]
    assert [one["again"] for one in told] == [False, True, True, True]
    assert {one["conversation"] for one in told} == {told[0]["conversation"]}
    assert (count(Message), count(ReceivedMail)) == (1, 1)
    assert become(raw.replace(b"Hello", b"Hallo"))["again"] is False  # another mail of the same Message-ID


def test_a_reading_that_broke_off_is_done_once_more_and_says_it_once(app):
    first = become(mail())
    with make.inside():
        row = db.session.scalars(select(ReceivedMail)).one()
        row.state, row.message_id = "waiting", None
    again = become(mail())
    assert (again["conversation"], count(Message)) == (first["conversation"], 1)


def test_an_answer_comes_back_by_the_signed_address_from_anybody(client):
    number, address = answered()
    told = become(another(from_("carla@home.test")).replace(b"support@acme.test", address.encode()))
    assert (told["became"], told["conversation"], told["threaded_by"]) == ("message", number, "address")
    assert told["warning"] == "other_sender"
    assert become(another(mail(), "three"), Source("smtp", address))["conversation"] == number
    assert "carla@home.test" in client.get(f"/acme/conversations/{number}").text


def test_an_answer_to_a_message_of_ours_comes_back_only_from_who_takes_part(client):
    number, _ = answered()
    naming = mail(more=b"In-Reply-To: <ours@acme.test>\r\n")
    told = become(another(naming))
    assert (told["conversation"], told["threaded_by"]) == (number, "message_id")
    stranger = become(another(from_("eve@evil.test", naming), "three"))
    assert (stranger["became"], stranger["warning"]) == ("conversation", "stranger")
    assert stranger["conversation"] != number
    assert "somebody else" in client.get(f"/acme/conversations/{stranger['conversation']}").text


def test_a_forged_reply_address_opens_a_new_conversation_with_a_warning(app):
    number, address = answered()
    forged = address[:-20] + "a" * 8 + address[-12:]
    told = become(another(mail()).replace(b"support@acme.test", forged.encode()))
    assert told["conversation"] != number and told["warning"] == "forged_address"


def test_a_typed_address_of_a_visitor_is_not_whom_the_mail_is_from(app):
    eve = make.customer("Eve", claimed_email="carla@customer.test")
    proven = make.customer("Paul", email="paul@customer.test")
    with make.inside():
        assert the(become(mail())["conversation"]).customer_id != eve.id
        assert the(become(from_("paul@customer.test"))["conversation"]).customer_id == proven.id
    assert the(become(another(mail()))["conversation"]).customer_id == the(1).customer_id


def test_a_mail_from_a_further_address_is_of_the_customer_whose_it_is(app):
    paul = make.customer("Paul", email="paul@customer.test")
    sent = from_("paul@customer.test")
    with make.inside():
        for address in ("paul@home.test", "pia@home.test"):
            CustomerEmail(customer_id=paul.id, email=address).save()
        conversation, anna = Conversation.locked(number=become(sent)["conversation"]), make.anna()
        MailId.note(reply(conversation, anna, Draft("It left.", uuid.uuid4())), "<ours@acme.test>", "out")
    pia = make.customer("Pia", email="pia@home.test")  # whose own it is as well
    naming = mail(more=b"In-Reply-To: <ours@acme.test>\r\n")
    answer = become(another(from_("paul@home.test", naming)))
    assert (answer["threaded_by"], answer["conversation"], answer["warning"]) == ("message_id", conversation.number, "")
    begun = [become(another(from_(f"{who}@home.test"), who))["conversation"] for who in ("paul", "pia")]
    assert [the(number).customer_id for number in begun] == [paul.id, pia.id] and count(Customer) == 2


def test_a_closed_conversation_goes_on_and_a_machine_does_not_open_it(app):
    number, address = answered()
    with make.inside():
        Conversation.locked(number=number).close(make.anna())
    away = another(mail(more=b"Auto-Submitted: auto-replied\r\n"), "away").replace(
        b"support@acme.test", address.encode()
    )
    assert become(away)["became"] == "ignored" and the(number).status == "closed"
    assert become(another(mail()).replace(b"support@acme.test", address.encode()))["conversation"] == number
    assert the(number).status == "open"


def test_blocked_senders_and_our_own_mails_leave_a_trace_and_nothing_else(app):
    first = become(mail())
    with make.inside():
        Customer.find(id=the(first["conversation"]).customer_id).block()
        make.department_here().write_as("support@acme.test", "")
    assert become(another(mail()))["became"] == "blocked"
    own = become(from_("support@acme.test", another(mail(), "three")))
    assert (own["became"], own["reason"]) == ("ignored", "own")
    assert (count(Message), count(ReceivedMail)) == (1, 3)


def test_a_bounce_moves_the_mail_that_it_belongs_to(app):
    with make.inside():
        queue_mail("one", "gone@customer.test", "password_changed", "en", link="")
        sent = db.session.scalars(select(Mail)).one()
        sent.sent()
        name = sent.message_id
    raw = BOUNCE.replace("NAME", name).replace("\n", "\r\n").encode()
    assert become(raw.replace(b"Action: failed", b"Action: delayed"))["became"] == "bounce"
    with make.inside():
        assert db.session.scalars(select(Mail)).one().state == "sent"
    told = become(raw)
    assert (told["became"], told["reason"]) == ("bounce", "550 5.1.1 No such user here")
    with make.inside():
        found = db.session.scalars(select(Mail)).one()
        assert (found.state, found.error) == ("bounced", "550 5.1.1 No such user here")
    assert become(raw.replace(name.encode(), b"<nobody@knows.test>"))["reason"] == "bounce"


BOUNCE = """From: MAILER-DAEMON@mx.test
To: help@acme.test
Subject: Undelivered Mail
Message-ID: <bounce@mx.test>
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It failed.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.test

Final-Recipient: rfc822; gone@customer.test
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such user here

--b
Content-Type: message/rfc822

From: help@acme.test
Message-ID: NAME

Hello
--b--
"""


def test_every_hostile_mail_leaves_a_trace_and_no_exception(app, caplog):
    """What is not understood is kept all the same, and who hands it to the reading child has limits, too."""
    for case in CASES:
        raw, before, began = case.raw(), memory_now(os.getpid()), process_time()
        told = become(raw, SMTP)
        assert process_time() - began < CPU_SECONDS, case.name
        assert most_memory(os.getpid()) - before < MOST_MEMORY, case.name
        assert told["became"] in ("conversation", "message", "ignored", "blocked", "refused", "bounce"), case.name
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []
    assert count(ReceivedMail) > 50


def test_a_customers_address_in_two_workspaces_is_two_customers(app):
    number, address = answered()
    with make.inside("globex"):
        make.department_here("Help")
        told = facts_of(*receive(another(mail()).replace(b"support@acme.test", address.encode()), COMMAND))
        assert (told["became"], told["warning"]) == ("conversation", "forged_address")  # of another workspace
        assert Conversation.find(number=told["conversation"]).customer.claimed_email == "carla@customer.test"
    assert (count(Customer), count(ReceivedMail)) == (1, 1) and the(number).status == "open"


def test_a_picture_of_the_mails_own_is_named_and_shown_in_its_page(client):
    picture = b"Content-Type: image/png\r\nContent-ID: <seam>\r\nContent-Transfer-Encoding: base64"
    page = part(b'<p>Torn:<img src="cid:seam"></p>', b"Content-Type: text/html")
    told = become(parts(page, part(base64.b64encode(b"\x89PNG\r\n\x1a\n"), picture), kind=b"related"))
    shown = client.get(f"/acme/conversations/{told['conversation']}").text
    assert "As it was written · 1 picture<" in shown and told["attachments"] == []
    with make.inside():
        id = db.session.scalars(select(ReceivedMail.id)).one()
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in client.get(f"/acme/received-mails/{id}/page").text
