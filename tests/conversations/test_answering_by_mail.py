"""An answer in a conversation by e-mail goes out as a mail of its thread, once, and its way is seen beside it."""

import uuid

import pytest
from sqlalchemy import select

from crm.accounts.models import Department
from crm.conversations.channels.email_in.thread import open_reply_address
from crm.conversations.models import Conversation, MailId, Message
from crm.conversations.models.writing import Draft, post
from crm.customers.models import Customer
from crm.db import db
from crm.mail import Mail
from crm.portal.answers import mail_answers
from crm.relay import dispatch
from tests import make

pytestmark = pytest.mark.committed


def mailed(subject="AW: Re: My parcel", address="mia@example.com"):
    """A customer's mail, as a conversation."""
    customer = make.customer("Mia Meier", email=address)
    with make.inside():
        desk = make.department_here()
        desk.write_as("help@acme.test", "Acme, Street 1\nCall us")
        conversation = Conversation.begin(customer, desk, uuid.uuid4(), channel="email", subject=subject)
        MailId.note(post(conversation, customer, Draft("Where is it?", uuid.uuid4(), "email")), "<q@example.com>", "in")
        return conversation


def relay():
    with make.state.app.app_context():
        while dispatch():
            pass


def mails():
    relay()
    with make.inside():
        return list(db.session.scalars(select(Mail).order_by(Mail.id)).all())


def answer(client, conversation, body="It left today."):
    form = make.message_form(body)
    response = client.post(f"/acme/conversations/{conversation.number}/messages", data=form)
    again = client.post(f"/acme/conversations/{conversation.number}/messages", data=form)
    assert (response.status_code, again.status_code) == (201, 201)
    return response.text


def test_an_answer_goes_out_once_from_the_department_and_in_its_thread(client, app):
    conversation = mailed()
    assert 'data-kind="email"' in answer(client, conversation)
    [mail] = mails()
    assert (mail.recipient, mail.subject, mail.sender) == ("mia@example.com", "Re: My parcel", "help@acme.test")
    assert mail.sender_name == "Anna (Acme)" and mail.must_arrive
    assert mail.body == "It left today.\n\n-- \nAcme, Street 1\nCall us\n" and "Street 1" in mail.html
    assert (mail.in_reply_to, mail.references) == ("<q@example.com>", ["<q@example.com>"])
    secret = app.config["CRM"].secret_key
    assert open_reply_address(secret, conversation.tenant_id, mail.reply_to) == conversation.id


def test_the_next_answer_names_all_that_was_before(client):
    conversation = mailed()
    answer(client, conversation)
    [first] = mails()
    answer(client, conversation, "And it arrived.\nSee https://acme.test/t?a=1&b=2 <b>")
    second = mails()[-1]
    written = 'And it arrived.<br>See <a href="https://acme.test/t?a=1&amp;b=2" rel="noopener">'
    assert written in second.html and "<b>" not in second.html
    assert second.references == ["<q@example.com>", first.message_id] and second.in_reply_to == "<q@example.com>"


def test_its_way_is_seen_beside_it_and_never_by_the_customer(client):
    conversation = mailed()
    assert 'data-way="queued"' in answer(client, conversation)
    [mail] = mails()
    page = f"/acme/conversations/{conversation.number}"
    for verb, way in ((lambda one: one.sent(), "sent"), (lambda one: one.bounced("550 No such person"), "bounced")):
        with make.inside():
            before = Conversation.find(id=conversation.id)
            verb(Mail.locked(id=mail.id))
        relay()
        shown = client.get(f"{page}/changes", query_string={"after": before.staff_position})
        assert f'data-way="{way}"' in shown.text and shown.text.count("<li ") == 1
        with make.inside():
            assert Conversation.find(id=conversation.id).customer_position == before.customer_position
    assert "550 No such person" in client.get(page).text


def test_a_refusal_for_now_says_so(client):
    conversation = mailed()
    answer(client, conversation)
    [mail] = mails()
    with make.inside():
        Mail.locked(id=mail.id).refused("450 Come again", forever=False)
    relay()
    shown = client.get(f"/acme/conversations/{conversation.number}").text
    assert 'data-way="delayed"' in shown and "450 Come again" in shown


def test_notes_chats_and_what_customers_write_go_nowhere(client):
    conversation, chat = mailed(), make.conversation()
    client.post(f"/acme/conversations/{conversation.number}/messages", data=make.message_form("Psst", kind="note"))
    client.post(f"/acme/conversations/{chat.number}/messages", data=make.message_form("Hello"))
    assert mails() == []


def test_who_has_no_address_or_is_blocked_cannot_be_answered(client):
    nowhere, blocked = mailed(address=None), mailed(address="spam@example.com")
    with make.inside():
        Customer.find(id=blocked.customer_id).block()
    for conversation in (nowhere, blocked):
        path = f"/acme/conversations/{conversation.number}"
        assert client.post(f"{path}/messages", data=make.message_form("Hello")).status_code == 409
        assert client.post(f"{path}/messages", data=make.message_form("Hm", kind="note")).status_code == 201
    assert mails() == []


def test_what_went_out_cannot_be_taken_back(client):
    conversation = mailed()
    answer(client, conversation)
    with make.inside():
        sent = db.session.scalars(select(Message).order_by(Message.seq.desc())).first()
    path = f"/acme/conversations/{conversation.number}/messages/{sent.id}"
    assert client.patch(path, data={"body": "Other"}).status_code == 409
    assert client.delete(path).status_code == 409


def test_nobody_is_told_by_mail_of_an_answer_that_was_a_mail(client):
    conversation = mailed()
    answer(client, conversation)
    assert len(mails()) == 1
    with make.inside():
        mail_answers()
    assert len(mails()) == 1


def test_where_one_writes_says_to_whom_and_what_stands_under_it(client):
    page = client.get(f"/acme/conversations/{mailed().number}/composer").text
    assert "mia@example.com" in page and "Street 1" in page
    assert "composer-mail" not in client.get(f"/acme/conversations/{make.conversation().number}/composer").text


def test_an_admin_gives_a_department_its_address_and_signature(boris):
    with make.inside():
        desk = make.department_here()
    form = {"name": "Support", "address": "Help@Acme.test", "signature": "Bye\nAcme"}
    assert make.browser(boris).post(f"/acme/settings/departments/{desk.id}", data=form).status_code == 303
    with make.inside():
        found = Department.find(id=desk.id)
        assert (found.address, found.signature) == ("help@acme.test", "Bye\nAcme")
    wrong = make.browser(boris).post(
        f"/acme/settings/departments/{desk.id}", data={**form, "address": "a@b\nBcc: c@d.e"}
    )
    assert wrong.status_code == 422
