"""Two who look at one conversation: they see each other, and the second reads the first's answer before sending."""

from types import SimpleNamespace
from uuid import uuid4

from sqlalchemy import select

from crm.conversations.models import Conversation, Message
from crm.conversations.watching import remember_watching
from crm.db import db
from crm.realtime import hub
from tests import make


def answer(client, conversation, body, position, **form):
    form = {**make.message_form(body), "position": str(position), **form}
    return client.post(f"/acme/conversations/{conversation.number}/messages", data=form)


def said():
    with make.inside():
        return list(db.session.scalars(select(Message.body).where(Message.kind == "chat").order_by(Message.seq)).all())


def position_of(conversation):
    with make.inside():
        return Conversation.find(id=conversation.id).staff_position


def test_who_has_not_seen_a_colleagues_answer_is_shown_it_first(client, anna, boris):
    conversation = make.conversation(assignee=anna)
    seen, theirs, id = position_of(conversation), make.browser(boris), str(uuid4())
    assert answer(client, conversation, "It leaves today", seen).status_code == 201
    refused = answer(theirs, conversation, "It is lost", seen, client_id=id)
    assert (
        refused.status_code == 409
        and "Anna has answered meanwhile" in refused.text
        and "It leaves today" in refused.text
    )
    assert answer(theirs, conversation, "A note", seen, kind="note").status_code == 201
    assert answer(client, conversation, "And arrives tomorrow", seen).status_code == 201, "one's own is no surprise"
    assert "It is lost" not in said()
    now = position_of(conversation)
    assert answer(theirs, conversation, "It is lost", now, client_id=id).status_code == 201
    assert answer(theirs, conversation, "It is lost", seen, client_id=id).status_code == 201, "a repeat is answered"
    assert said().count("It is lost") == 1


def test_a_customers_message_meanwhile_refuses_nothing(client, anna):
    conversation = make.conversation(assignee=anna)
    seen = position_of(conversation)
    with make.inside():
        customer = Conversation.find(id=conversation.id).customer
    make.message(conversation, customer, "Hello?")
    assert answer(client, conversation, "Here I am", seen).status_code == 201


def test_colleagues_who_have_it_open_are_shown_and_told_of_each_other(client, anna, boris, pushed, monkeypatch):
    conversation = make.conversation(assignee=anna)
    ticket = client.post(f"/acme/conversations/{conversation.number}/ticket").location
    held = [SimpleNamespace(person_id=one.id, topics=(conversation.topic,)) for one in (anna, boris)]
    monkeypatch.setitem(hub.by_tenant, conversation.tenant_id, held[:1])
    with make.inside():
        remember_watching(conversation.tenant_id, {anna.id})
    assert "Also looking" not in client.get(f"/acme/conversations/{conversation.number}/header").text
    monkeypatch.setitem(hub.by_tenant, conversation.tenant_id, held)
    with make.inside():
        remember_watching(conversation.tenant_id, {anna.id, boris.id})
    assert "header" in pushed(conversation.topic)
    for page in (f"/acme/conversations/{conversation.number}", ticket):
        assert "Also looking: Boris" in client.get(page).text
