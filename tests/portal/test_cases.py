"""A ticket's page for its customer, behind a link alone, and the mails that bring the link."""

import re

import pytest
from sqlalchemy import select

from crm.conversations.models import Conversation, Message
from crm.db import db
from crm.mail import Mail
from crm.mail.compose import compose
from crm.portal.case_links import key_of
from crm.tickets.models import Ticket
from tests import make
from tests.tickets.test_answers import relay
from tests.tickets.test_tickets import send, ticket_of

pytestmark = pytest.mark.committed


@pytest.fixture
def ticket(client):
    mia = make.customer("Mia Meier", email="mia@example.com")
    made = ticket_of(client, customer=mia, body="My tent is torn")
    with make.inside():
        found = Ticket.find(id=made.id)
        assert found.customer
        return found


def page_of(ticket):
    with make.inside():
        return f"/acme/cases/{key_of(Ticket.find(id=ticket.id))}"


def mails():
    relay()
    with make.inside():
        return list(db.session.scalars(select(Mail).order_by(Mail.id)).all())


def conversations():
    with make.inside():
        return list(db.session.scalars(select(Conversation).order_by(Conversation.number)).all())


def test_the_link_shows_how_it_stands_and_what_was_said_but_no_note(client, stranger, ticket, anna):
    send(client, ticket, assignee_id=str(anna.id))
    make.message(conversations()[0], anna, "Send us a picture")
    make.message(conversations()[0], anna, "Third one of this batch", kind="note")
    shown = stranger.get(page_of(ticket)).text
    for words in ("We are working on it", "Anna", "What comes next", "My tent is torn", "Send us a picture"):
        assert words in shown
    assert "Third one of this batch" not in shown
    send(client, ticket, status="pending")
    assert "We wait for your answer" in stranger.get(f"{page_of(ticket)}/conversations/1/state").text


def test_an_answer_there_goes_on_in_the_conversation_and_opens_the_ticket(client, stranger, ticket):
    send(client, ticket, status="solved")
    client.post("/acme/conversations/1/closure")
    sent = stranger.post(f"{page_of(ticket)}/conversations/1/messages", data=make.message_form("Torn again"))
    assert sent.status_code == 201
    relay()
    assert [one.status for one in conversations()] == ["queued"]
    with make.inside():
        assert Ticket.find(id=ticket.id).status == "open"
        assert Message.find(body="Torn again").sender_id == ticket.customer_id


def test_each_answer_there_counts_once_against_its_limit(client, stranger, ticket, limited):
    path = f"{page_of(ticket)}/conversations/1/messages"
    assert [stranger.post(path, data=make.message_form("Torn again")).status_code for _ in range(5)] == [201] * 5


def test_without_a_conversation_an_answer_begins_one_of_the_same_ticket(client, stranger, ticket):
    send(client, ticket, status="solved")
    send(client, ticket, status="closed")
    stranger.post(f"{page_of(ticket)}/conversations/1/messages", data=make.message_form("And wet"))
    relay()
    assert "It goes on in case #2" in stranger.get(page_of(ticket)).text
    assert stranger.post(f"{page_of(ticket)}/conversations", data=make.message_form("Hello")).status_code == 409


def test_a_link_opens_its_own_case_and_nothing_else(client, stranger, ticket):
    other = make.conversation(customer=ticket.customer, body="Another matter")
    where = page_of(ticket)
    assert stranger.get(f"{where}/conversations/{other.number}").status_code == 404
    assert stranger.post(f"{where}/conversations/{other.number}/messages", data=make.message_form()).status_code == 404
    make.carla()
    assert stranger.get(where.replace("/acme/", "/globex/")).status_code == 404
    changed = "a" if where[-3] != "a" else "b"  # not the last letter: it holds bits that say nothing
    assert stranger.get(where[:-3] + changed + where[-2:]).status_code == 404


def split_off(client, ticket, body, subject="Another matter"):
    """A ticket of its own about the message `body`."""
    with make.inside():
        message = Message.find(body=body)
    made = client.post(f"/acme/tickets/{ticket.number}/splits", data={"message": str(message.id), "subject": subject})
    with make.inside():
        return Ticket.find(number=int(made.location.rpartition("/")[2]))


def test_a_link_shows_of_a_conversation_what_belongs_to_its_case(client, stranger, ticket):
    for body in ("My stove is broken", "And nobody else must know this"):
        make.message(conversations()[0], ticket.customer, body)
    where = page_of(split_off(client, ticket, "My stove is broken"))
    assert "My stove is broken" in stranger.get(where).text
    for path in ("/changes?after=0", "/state", ""):
        assert stranger.get(f"{where}/conversations/1{path}").status_code == 404
    send(client, ticket, status="solved")
    send(client, ticket, status="closed")
    before = page_of(ticket)
    stranger.post(f"{before}/conversations/1/messages", data=make.message_form("And wet"))
    relay()
    with make.inside():
        after = Ticket.find(number=3)
    shown = stranger.get(f"{page_of(after)}/conversations/1/changes?after=0").text
    assert "And wet" in shown and "nobody else" not in shown
    assert stranger.get(f"{before}/conversations/1/changes?after=0").status_code == 200
    send(client, after, "/links-out/removal")
    assert stranger.get(f"{before}/conversations/1/changes?after=0").status_code == 404
    assert "case #3" in (page := stranger.get(before).text) and "goes on in case #3.</a>" not in page


def test_who_has_a_link_cannot_say_who_the_customer_is(stranger, ticket):
    for path in ("contact", "closure", "reopening"):
        form = {"email": "mallory@example.com", "name": "Mallory"}
        assert stranger.post(f"{page_of(ticket)}/conversations/1/{path}", data=form).status_code == 404
    with make.inside():
        customer = Ticket.find(id=ticket.id).customer
        assert (customer.name, customer.claimed_email) == ("Mia Meier", None)


def test_links_to_what_was_merged_lead_on_until_they_are_taken_back(client, stranger, ticket):
    second, third = (ticket_of(client, customer=ticket.customer, body=body) for body in ("My stove", "My lamp"))
    old = page_of(ticket)
    for gone, kept in ((ticket, second), (second, third)):
        client.post(f"/acme/tickets/{gone.number}/merges", data={"into": str(kept.number)})
    assert "My lamp" in stranger.get(old).text and "My tent is torn" in stranger.get(old).text
    send(client, third, "/links-out/removal")
    assert stranger.get(old).status_code == 410


def test_links_can_be_taken_back(client, stranger, ticket):
    old = page_of(ticket)
    assert "Look at it" in send(client, ticket, "/links-out/removal").text
    assert stranger.get(old).status_code == 410 and "no longer works" in stranger.get(old).text
    assert stranger.get(page_of(ticket)).status_code == 200


def test_each_status_is_told_by_a_mail_with_the_link_in_one_thread(client, stranger, ticket):
    send(client, ticket, status="pending")
    first, second = mails()
    link = re.search(r"http://localhost(/acme/cases/\S+)", second.body)[1]
    assert stranger.get(link).status_code == 200
    assert "We wait for your answer" in second.body and "My tent is torn" in second.subject
    assert first.message_id in second.references and second.in_reply_to == first.message_id
    with make.inside():
        assert compose(second)["Auto-Submitted"] == "auto-generated"


def test_of_changes_in_a_row_the_last_is_told(client, ticket):
    mails()
    for status in ("pending", "open", "hold"):
        send(client, ticket, status=status)
    assert [mail.subject for mail in mails()].count("My tent is torn (#1)") == 2 and "On hold" in mails()[-1].body


def test_statuses_are_chosen_in_the_settings(client, boris, ticket):
    assert client.get("/acme/settings/tickets").status_code == 403
    boss = make.browser(boris)
    assert boss.post("/acme/settings/tickets", data={"statuses": ["solved"], "close_days": "4"}).status_code == 303
    shown = boss.get("/acme/settings/tickets").text
    assert 'value="solved" checked' in shown and 'value="pending" checked' not in shown
    for status in ("pending", "solved"):
        send(client, ticket, status=status)
        mails()
    assert ["Solved" in mail.body for mail in mails()] == [True]
    assert boss.post("/acme/settings/tickets", data={"statuses": ["gone"], "close_days": "4"}).status_code == 422
