import pytest
from sqlalchemy import func, select

from crm.conversations.models import Conversation
from crm.db import db
from crm.events import Outbox
from crm.relay import dispatch
from crm.tickets.models import Ticket
from tests import make
from tests.tickets.test_tickets import again, send, ticket_of

pytestmark = pytest.mark.committed  # the relay takes its rows in a transaction of its own


def relay():
    with make.state.app.app_context():
        while dispatch():
            pass


def conversation_of(ticket):
    with make.inside():
        return Conversation.find(customer_id=ticket.customer_id)


def customer_says(ticket, body="It is still torn"):
    make.message(conversation_of(ticket), ticket.customer, body)
    relay()
    return again(ticket)


def answer(client, ticket, body="Try this", **form):
    where = f"/acme/conversations/{conversation_of(ticket).number}/messages"
    assert client.post(where, data={**make.message_form(body), **form}).status_code == 201
    relay()
    return again(ticket)


def put(client, ticket, *statuses):
    for status in statuses:
        send(client, ticket, status=status)


def whole(client, **values):
    """A ticket with its customer in hand."""
    ticket = ticket_of(client, **values)
    with make.inside():
        found = Ticket.find(id=ticket.id)
        assert found.customer
        return found


def test_a_customer_who_answers_opens_it_again(client):
    ticket = whole(client)
    assert customer_says(ticket).status == "new"
    for status in ("pending", "hold", "solved"):
        put(client, ticket, status)
        assert customer_says(ticket).status == "open", status


def test_a_closed_one_is_followed_up_by_a_ticket_that_has_what_is_said_now(client):
    closed = whole(client, body="My tent is torn")
    put(client, closed, "solved", "closed")
    assert customer_says(closed, "The new one is torn too").status == "closed"
    customer_says(closed, "And wet")
    with make.inside():
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 2
    before, after = (client.get(f"/acme/tickets/{number}").text for number in (1, 2))
    assert "The new one is torn too" not in before and "Followed by" in before
    assert "The new one is torn too" in after and "And wet" in after and "Follows" in after
    assert 'id="composer-body"' in after
    assert "No conversation of this ticket is open" in before
    assert client.post("/acme/tickets/1/answering").location == "/acme/tickets/1#composer-body", "one writes on at once"
    assert 'id="composer-body"' in client.get("/acme/tickets/1").text


def test_who_answers_takes_it_and_may_say_how_it_stands(client, anna):
    ticket = whole(client)
    taken = answer(client, ticket)
    assert (taken.status, taken.assignee_id) == ("open", anna.id)
    assert answer(client, ticket, then="pending").status == "pending"
    assert answer(client, ticket, "A note", kind="note").status == "pending"
    assert answer(client, ticket, then="solved").status == "solved"
    assert answer(client, ticket, then="closed").status == "solved"
    page = client.get(f"/acme/tickets/{ticket.number}").text
    assert "Send and wait for the customer" in page and "Send and solve" in page


def test_what_was_decided_after_the_message_stays(client):
    ticket = whole(client)
    make.message(conversation_of(ticket), ticket.customer, "Found it")
    put(client, ticket, "solved")
    relay()
    assert again(ticket).status == "solved"


def test_it_reopens_with_its_conversation_and_the_other_way_round(client):
    ticket = whole(client)
    where = f"/acme/conversations/{conversation_of(ticket).number}"
    put(client, ticket, "solved")
    client.post(f"{where}/closure")
    send(client, ticket, "/reopening")
    assert again(ticket).status == "open" and conversation_of(ticket).status != "closed"
    put(client, ticket, "solved")
    client.post(f"{where}/closure")
    client.post(f"{where}/reopening")
    relay()
    assert again(ticket).status == "open"


def test_a_message_of_no_ticket_leaves_nothing_for_the_worker(client, anna):
    conversation = make.conversation(assignee=anna)
    relay()
    make.message(conversation, anna, "Hello")
    client.post(f"/acme/conversations/{conversation.number}/messages", data={**make.message_form(), "then": "solved"})
    with make.inside():
        assert db.session.scalar(select(func.count()).select_from(Outbox)) == 0
