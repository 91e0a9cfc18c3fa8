"""Colleagues who are named in a note."""

from sqlalchemy import select

from crm.conversations.models import Message
from crm.db import db
from crm.events import Event
from tests import make


def note(client, conversation, body):
    answer = client.post(f"/acme/conversations/{conversation.number}/messages", data=make.message_form(body, "note"))
    assert answer.status_code == 201
    return answer.text


def told() -> list[list[str]]:
    with make.inside():
        return [
            facts["people"]
            for facts in db.session.scalars(select(Event.facts).where(Event.name == "message.mentioned"))
        ]


def test_a_note_names_colleagues_by_name_and_by_what_only_they_are_called(client, boris):
    lena = make.employee("Lena Boateng", "lead", email="l.boateng@acme.test")
    make.employee("Lena Moser", email="moser@acme.test")
    conversation = make.conversation()
    shown = note(
        client, conversation, "@lena boateng & @BORIS: look <b>here</b>, not @Lena, nor mail@boris.test, @boriska"
    )
    for person, name in ((lena, "@lena boateng"), (boris, "@BORIS")):
        assert f'<span class="mention" data-person="{person.id}">{name}</span>' in shown
    assert shown.count('class="mention"') == 2 and "&lt;b&gt;here" in shown
    assert [set(people) for people in told()] == [{str(lena.id), str(boris.id)}]


def test_only_notes_name_colleagues_and_a_changed_note_names_others(client, boris):
    conversation = make.conversation()
    said = client.post(f"/acme/conversations/{conversation.number}/messages", data=make.message_form("Ask @Boris"))
    assert 'class="mention"' not in said.text and told() == []
    note(client, conversation, "Who knows this?")
    with make.inside():
        message = Message.find(kind="note")
    changed = client.patch(f"/acme/conversations/{conversation.number}/messages/{message.id}", data={"body": "@Boris?"})
    assert 'class="mention"' in changed.text and told() == [[str(boris.id)]]
