"""Answers by mail, for customers who gave an address and are gone."""

from datetime import timedelta

from sqlalchemy import select, update

from crm.conversations.models import Conversation, Message, Presence
from crm.customers.models import Customer
from crm.db import db, now
from crm.mail import Mail
from crm.portal.answers import mail_answers
from tests import make


def answered(anna, email: str | None = "mia@example.com", **values) -> Conversation:
    conversation = make.conversation(customer=make.customer("Mia Meier", claimed_email=email, **values))
    make.message(conversation, anna, "It arrives tomorrow")
    make.message(conversation, anna, "Mia sounds annoyed", kind="note")
    make.message(conversation, anna, "By noon")
    an_hour_later()
    return conversation


def an_hour_later() -> None:
    with make.inside():
        db.session.execute(update(Message).values(created_at=Message.created_at - timedelta(hours=1)))


def mails() -> list[Mail]:
    with make.inside():
        mail_answers()
    with make.inside():
        return list(db.session.scalars(select(Mail).order_by(Mail.id)).all())


def test_all_that_was_answered_comes_in_one_mail_without_the_notes(anna):
    answered(anna)
    sent = mails() and mails()
    assert len(sent) == 1 and sent[0].recipient == "mia@example.com"
    assert "It arrives tomorrow" in sent[0].body and "By noon" in sent[0].body and "annoyed" not in sent[0].body


def test_nobody_gets_mail_who_is_there_or_has_seen_it_or_cannot_be_reached(anna):
    there, seen, unknown = answered(anna), answered(anna), answered(anna, email=None)
    with make.inside():
        Presence(person_id=there.customer_id, seen_at=now()).save()
        Conversation.locked(id=seen.id).read_by(Customer.find(id=seen.customer_id), 99)
    assert unknown.id and mails() == []


def test_spammers_get_no_answers(anna):
    conversation = answered(anna)
    with make.inside():
        Customer.find(id=conversation.customer_id).block()
    assert mails() == []


def test_the_next_mail_comes_only_after_they_looked_again(anna):
    conversation = answered(anna)
    assert len(mails()) == 1
    make.message(conversation, anna, "Sorry, Monday")
    an_hour_later()
    assert len(mails()) == 1
    with make.inside():
        Conversation.locked(id=conversation.id).read_by(Customer.find(id=conversation.customer_id), 99)
    make.message(conversation, anna, "Now it is Tuesday")
    an_hour_later()
    assert len(mails()) == 2 and "Tuesday" in mails()[1].body and "Monday" not in mails()[1].body
