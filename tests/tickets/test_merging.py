import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from crm.conversations.models import Conversation
from crm.conversations.models.writing import Draft, post
from crm.db import db, now
from crm.tickets.models import Ticket, TicketConversation, TicketMerge
from crm.tickets.models.talking import begin, follow_up
from tests import make
from tests.tickets.test_tickets import again, send, ticket_of


@pytest.fixture
def two(client):
    mia = make.customer("Mia Meier")
    kept, gone = (ticket_of(client, customer=mia, body=body) for body in ("Torn tent", "My tent again"))
    send(client, gone, "/tags", tag="tent")
    send(client, gone, "/items", text="Ask the warehouse")
    send(client, gone, "/following", on="1")
    return kept, gone


def merge(client, gone, kept):
    return client.post(f"/acme/tickets/{gone.number}/merges", data={"into": f"#{kept.number}"})


def test_a_merged_ticket_gives_all_it_has_and_gets_it_back(client, two):
    kept, gone = two
    assert merge(client, gone, kept).location.endswith(f"/tickets/{kept.number}")
    page = client.get(f"/acme/tickets/{kept.number}").text
    for words in ("Torn tent", "My tent again", "Ask the warehouse", "Stop following", "Remove the tag tent"):
        assert words in page
    assert "Merged into" in client.get(f"/acme/tickets/{gone.number}").text
    assert (again(gone).status, again(gone).merged_into_id) == ("closed", kept.id)
    undo = re.search(r"/acme(/tickets/\d+/merges/[0-9a-f-]+/undoing)", page)[0]
    assert client.post(undo).status_code == 303 and client.post(undo).status_code == 303
    page = client.get(f"/acme/tickets/{kept.number}").text
    assert "My tent again" not in page and "Ask the warehouse" not in page and "Remove the tag tent" not in page
    assert (again(gone).status, again(gone).merged_into_id) == ("new", None)
    assert "Ask the warehouse" in client.get(f"/acme/tickets/{gone.number}").text


def test_a_merged_ticket_leads_to_where_it_goes_on_and_back(client, two):
    kept, gone = two
    assert 'action="/acme/tickets/2"' in client.get(f"/acme/tickets/{gone.number}").text
    merge(client, gone, kept)
    for path in ("", "/composer"):
        page = client.get(f"/acme/tickets/{gone.number}{path}").text
        assert f"Go to #{kept.number}" in page and "answered there" in page
        assert "/answering" not in page and "No conversation of this ticket is open" not in page
    for change in ("Add something to do", "Add a tag", "Add a link", "Add a conversation", 'name="subject"'):
        assert change not in client.get(f"/acme/tickets/{gone.number}").text
    undo = re.search(r"/acme/tickets/\d+/merges/[0-9a-f-]+/undoing", page)[0]
    assert client.post(undo).location.endswith(f"/tickets/{gone.number}")
    assert "Go to #" not in client.get(f"/acme/tickets/{gone.number}").text


def test_a_message_that_becomes_a_ticket_gives_it_a_subject_that_says_more_than_hello(client):
    body = (
        "Hello,\n\nI wrote in the chat already: order 20533 has not come, and I need it on Friday at the very latest."
    )
    ticket = ticket_of(client, customer=make.customer("Mia Meier"), body=body)
    page = client.get(f"/acme/tickets/{ticket.number}/splits").text
    message = re.search(r'name="message" value="([^"]+)"', page)[1]
    there = client.post(f"/acme/tickets/{ticket.number}/splits", data={"message": message, "subject": ""}).location
    head = re.search(r'id="ticket-title" title="([^"]+)"', client.get(there).text)[1]
    assert head == "Hello, I wrote in the chat already: order 20533 has not come, and I need it on Friday at…"


def test_after_thirty_days_it_stays(client, two):
    kept, gone = two
    merge(client, gone, kept)
    with make.inside():
        found = db.session.scalars(select(TicketMerge)).one()
        found.created_at = now() - timedelta(days=31)
    assert "/undoing" not in client.get(f"/acme/tickets/{kept.number}").text
    refused = client.post(f"/acme/tickets/{kept.number}/merges/{found.id}/undoing")
    assert (
        refused.status_code == 422 and "more than 30 days ago" in refused.text and 'id="ticket-header"' in refused.text
    )


def test_what_cannot_be_merged_says_why(client, two):
    kept, gone = two
    other = ticket_of(client, customer=make.customer("Tom Barker"))
    refused = merge(client, other, kept)
    assert refused.status_code == 422 and 'id="ticket-header"' in refused.text  # where the form stands
    assert (
        "different customers" in refused.text.partition('id="field-into-error"')[2]
        and f'value="#{kept.number}"' in refused.text
    )
    assert "with itself" in merge(client, kept, kept).text
    unknown = client.post(f"/acme/tickets/{kept.number}/merges", data={"into": "999"})
    assert unknown.status_code == 422 and "no such ticket" in unknown.text
    assert client.post("/acme/tickets/999/merges", data={"into": "1"}).status_code == 404
    merge(client, gone, kept)
    assert "merged already" in merge(client, gone, kept).text


def test_a_merged_ticket_goes_on_in_the_other_one_alone(client, two):
    kept, gone = two
    merge(client, gone, kept)
    page = client.get(f"/acme/tickets/{gone.number}").text
    assert "/reopening" not in page
    for path, form in (
        ("", {"status": "open"}),
        ("/reopening", {}),
        ("/answering", {}),
        ("/conversations", {"conversation": "1"}),
    ):
        answer = send(client, gone, path, **form)
        assert answer.status_code == 409 and "Go on there" in answer.text, path
    assert again(gone).status == "closed"
    with make.inside():
        third_of = Ticket.find(id=kept.id).customer
    third = ticket_of(client, customer=third_of, body="A third one")
    first = re.search(r"/tickets/\d+/merges/[0-9a-f-]+/undoing", client.get(f"/acme/tickets/{kept.number}").text)[0]
    merge(client, kept, third)
    assert client.post(f"/acme{first}").status_code == 422
    client.post(
        "/acme"
        + re.search(r"/tickets/\d+/merges/[0-9a-f-]+/undoing", client.get(f"/acme/tickets/{third.number}").text)[0]
    )
    assert client.post(f"/acme{first}").status_code == 303 and again(gone).status == "new"


def test_a_message_becomes_a_ticket_of_its_own_and_stays_where_it_was(client, two, anna):
    kept, _ = two
    page = client.get(f"/acme/tickets/{kept.number}/splits").text
    assert "Torn tent" in page and f'action="/acme/tickets/{kept.number}/splits"' in page
    message = re.search(r'name="message" value="([0-9a-f-]+)"', page)[1]
    form = {"message": message, "subject": "A second tent"}
    there = client.post(f"/acme/tickets/{kept.number}/splits", data=form).location
    made = client.get(there).text
    assert "A second tent" in made and "Torn tent" in made and "Follows" in made
    assert "Torn tent" in client.get(f"/acme/tickets/{kept.number}").text
    again_there = client.post(f"/acme/tickets/{kept.number}/splits", data=form).location
    assert again_there == there  # pressed twice
    split_off = int(there.rpartition("/")[2])
    answer = client.post(f"/acme/tickets/{kept.number}/merges", data={"into": str(split_off)})
    assert answer.status_code == 422 and "was split off" in answer.text
    with make.inside():
        ticket = Ticket.locked(number=split_off)
        assert begin(ticket, anna).id == begin(ticket, anna).id
    assert 'id="composer-body"' in client.get(there).text
    stranger = ticket_of(client, customer=make.customer("Tom Barker"))
    refused = client.post(f"/acme/tickets/{stranger.number}/splits", data=form)
    assert refused.status_code == 422 and 'id="field-message-error"' in refused.text and "A second tent" in refused.text


def test_what_was_said_in_another_tickets_stretch_of_the_conversation_cannot_be_split_off(client, two, anna):
    kept, _ = two
    with make.inside():
        ticket = Ticket.find(id=kept.id)
        talk = Conversation.locked(id=TicketConversation.find(ticket_id=kept.id).conversation_id)
        ticket.set_status("solved"), ticket.set_status("closed")
        later = post(talk, ticket.customer, Draft("And the pegs?", uuid4()))
        follow_up(ticket, talk, later.seq)
    form = {"message": str(later.id), "subject": "Pegs"}
    refused = client.post(f"/acme/tickets/{kept.number}/splits", data=form)
    assert refused.status_code == 422 and "belongs to another ticket" in refused.text
