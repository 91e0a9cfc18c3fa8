"""Tickets that an employee opens by hand."""

import re

import pytest
from sqlalchemy import func, select

from crm.conversations.models import Conversation, Message
from crm.customers.models import Customer
from crm.db import db
from crm.mail import Mail
from crm.tickets.models import SlaPolicy, Ticket
from tests import make
from tests.tickets.test_answers import relay
from tests.tickets.test_tickets import again, send


def form_of(client, query="", **values):
    """What the empty form would send, with these values."""
    page = client.get(f"/acme/tickets/new{query}").text
    id = re.search(r'name="ticket_id" value="([0-9a-f-]+)"', page)[1]
    facts = {"type": "task", "priority": "high", "department_id": "", "assignee_id": "", "due_at": "", "way": "note"}
    return {"ticket_id": id, "who": "", "subject": "Order more tents", "body": "", **facts, **values}


def newest():
    with make.inside():
        return db.session.scalars(select(Ticket).order_by(Ticket.number.desc())).first()


def test_a_ticket_for_nobody_begins_with_a_note_and_gets_its_customer_later(client, anna):
    form = form_of(client, body="The last one went today.", assignee_id=str(anna.id), due_at="2030-01-02T10:00")
    there = client.post("/acme/tickets/new", data=form)
    assert there.status_code == 303 and client.post("/acme/tickets/new", data=form).location == there.location
    page = client.get(there.location).text
    assert "The last one went today." in page and "No customer yet" in page and 'id="composer-body"' in page
    made = newest()
    assert (made.status, made.type, made.priority, made.assignee_id) == ("open", "task", "high", anna.id)
    talk = re.search(r'data-number="(\d+)"', page)[1]
    note = client.post(f"/acme/conversations/{talk}/messages", data=make.message_form("Ordered.", kind="note"))
    assert note.status_code == 201 and client.get(f"/acme/conversations/{talk}").status_code == 200
    assert client.post(f"/acme/conversations/{talk}/messages", data=make.message_form("Hello")).status_code == 409
    assert client.post(f"/acme/conversations/{talk}/reopening").status_code == 404
    mia = make.customer("Mia Meier", claimed_email="mia@example.com")
    panel = send(client, made, "/customer", who="Mia", customer_id=str(mia.id))
    assert "Mia Meier" in panel.text and again(made).customer_id == mia.id
    begun = client.post(f"{there.location}/answering")
    assert "To mia@example.com" in client.get(begun.location).text  # and the notes stand above
    assert send(client, made, "/customer", customer_id=str(make.customer("Tom").id)).status_code == 409


@pytest.mark.committed
def test_a_ticket_may_begin_with_a_mail_that_is_the_only_one_its_customer_gets(client):
    form = form_of(client, who="tom@example.com", name="Tom Barker", way="email", body="Your tent has arrived.")
    client.post("/acme/tickets/new", data=form | {"customer_id": ""})
    relay()
    with make.inside():
        mail = db.session.scalars(select(Mail)).one()
        assert (mail.recipient, mail.subject) == ("tom@example.com", "Order more tents")
        assert Customer.find(email="tom@example.com").name == "Tom Barker"
    assert newest().status == "open"


def test_what_a_ticket_lacks_is_said_beside_its_field(client):
    make.customer("Mia Meier"), make.customer("Mia Moser")
    for values, words in (
        ({"subject": ""}, "Write something here."),
        ({"who": "Mia"}, "Choose who it is."),
        ({"way": "email", "body": "Hello"}, "Say to whom the e-mail goes"),
        ({"way": "email", "who": "Zoe", "customer_id": "", "body": "Hello"}, "no e-mail address"),
    ):
        answer = client.post("/acme/tickets/new", data=form_of(client, **values))
        assert answer.status_code == 422 and words in answer.text
    with make.inside():
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 0
        assert Customer.first(name="Zoe") is None
    found = client.get("/acme/tickets/new/customers?who=Mia").text
    assert "Mia Meier" in found and "Mia Moser" in found and "Somebody new" in found


def test_the_way_to_a_new_ticket_stands_where_one_looks_for_it(client):
    mia = make.customer("Mia Meier")
    there = f"/acme/tickets/new?customer={mia.id}"
    assert there in client.get(f"/acme/customers/{mia.id}").text and 'value="Mia Meier"' in client.get(there).text
    client.post("/acme/tickets/new", data=form_of(client, customer_id=str(mia.id), who="Mia Meier"))
    assert newest().customer_id == mia.id and there in client.get(f"/acme/customers/{mia.id}").text
    assert '/acme/tickets/new"' in client.get("/acme/tickets").text
    assert '/acme/tickets/new"' in client.get("/acme/palette?q=new+ticket").text
    with make.inside():
        notes = db.session.scalars(select(Conversation).where(Conversation.channel == "notes")).one()
        assert notes.customer_id is None and not db.session.scalars(select(Message)).all()
    assert f"/conversations/{notes.number}" not in client.get("/acme/inbox/closed").text


@pytest.mark.committed
def test_nobody_is_promised_an_answer_while_a_ticket_has_no_customer(client):
    with make.inside():
        SlaPolicy(first_minutes=60, solution_minutes=600).save()
    client.post("/acme/tickets/new", data=form_of(client, body="Only ten left."))
    relay()
    panel = client.get("/acme/tickets/1/panel").text
    assert "Solution" in panel and "First answer" not in panel and "No message yet" not in panel
    send(client, newest(), "/customer", customer_id=str(make.customer("Mia Meier").id))
    relay()
    assert "First answer" in client.get("/acme/tickets/1/panel").text
