"""Solved tickets: their customer is asked for stars once each time, and they close by themselves."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from crm.conversations.models import FollowUp, Rating
from crm.db import db, now
from crm.mail import Mail
from crm.mail.compose import compose
from crm.portal.case_links import key_of
from crm.portal.ratings import ask_by_mail
from crm.tickets.closing import close_solved_tickets
from crm.tickets.models import Ticket
from tests import make
from tests.portal.steps import visitor
from tests.tickets.test_answers import answer, conversation_of, customer_says, relay
from tests.tickets.test_tickets import again, send, ticket_of

pytestmark = pytest.mark.committed


@pytest.fixture
def ticket(client):
    made = ticket_of(client, customer=make.customer("Mia Meier", email="mia@example.com"), body="My tent is torn")
    with make.inside():
        found = Ticket.find(id=made.id)
        assert found.customer
        return found


def solve(client, ticket):
    send(client, ticket, "/solution")
    relay()


def ratings():
    with make.inside():
        return list(db.session.scalars(select(Rating).order_by(Rating.id)).all())


def letters():
    """What was written to the customer, the oldest first, as plain text."""
    with make.inside():
        rows = db.session.scalars(select(Mail).where(Mail.recipient == "mia@example.com").order_by(Mail.id)).all()
        return [compose(row).get_body(("plain",)).get_content() for row in rows]


def due(work, days=0):
    with make.inside():
        back = now() - timedelta(days=days)
        db.session.execute(update(Ticket).where(Ticket.status == "solved").values(status_at=back))
        db.session.execute(update(Rating).where(Rating.mail_due_at.is_not(None)).values(mail_due_at=back))
        work()


def test_the_mail_about_the_solution_asks_for_stars_and_nothing_else_asks(client, stranger, ticket):
    answer(client, ticket, "Here is a new one")
    solve(client, ticket)
    solved = letters()[-1]
    link = re.search(r"/acme/ratings/\S+(?=\?stars=2)", solved)
    assert link and "closed on" in solved
    client.post(f"/acme/conversations/{conversation_of(ticket).number}/closure")
    relay()
    due(ask_by_mail, 1)
    relay()
    assert len(ratings()) == 1 and sum("?stars=5" in letter for letter in letters()) == 1
    with make.inside():
        case = f"/acme/cases/{key_of(Ticket.find(id=ticket.id))}"
    assert "How was it?" in stranger.get(case).text
    assert stranger.post(link[0], data={"stars": "2", "feedback": "Took too long"}).status_code == 200
    assert "How was it?" not in stranger.get(case).text and "You gave" in stranger.get(case).text
    assert "Took too long" in client.get(f"/acme/tickets/{ticket.number}/panel").text


def test_few_stars_stand_in_the_follow_ups_with_the_ticket(client, ticket):
    answer(client, ticket)
    solve(client, ticket)
    with make.inside():
        Rating.locked(ticket_id=ticket.id).give(1, "Still torn")
    page = make.browser(make.employee("Lena", "lead")).get("/acme/follow-ups").text
    assert f'href="/acme/tickets/{ticket.number}"' in page and "My tent is torn" in page and "Still torn" in page
    with make.inside():
        assert FollowUp.find().rating.ticket_id == ticket.id


def test_each_time_it_is_taken_up_and_answered_begins_an_episode(client, ticket):
    answer(client, ticket)
    solve(client, ticket)
    customer_says(ticket, "Thank you!")
    solve(client, ticket)
    assert [one.ticket_episode for one in ratings()] == [1]  # nobody had answered the thanks
    customer_says(ticket, "Torn again")
    answer(client, ticket, "Oh no")
    solve(client, ticket)
    assert [one.ticket_episode for one in ratings()] == [1, 3]


def test_who_was_not_answered_or_was_asked_about_the_conversation_is_not_asked(client, ticket, anna):
    solve(client, ticket)
    assert ratings() == []
    talk = make.conversation(customer=make.customer("Theo", email="theo@example.com"), assignee=anna)
    make.message(talk, anna, "Hello")
    client.post(f"/acme/conversations/{talk.number}/closure")
    made = client.post(f"/acme/conversations/{talk.number}/ticket").location
    client.post(f"{made}/solution")
    relay()
    assert [one.ticket_id for one in ratings()] == [None]


def test_a_solved_ticket_closes_by_itself_after_the_tenants_days(client, boris, ticket):
    boss = make.browser(boris)
    told = {"statuses": ["solved", "closed"], "close_days": "9"}
    assert boss.post("/acme/settings/tickets", data=told).status_code == 303
    answer(client, ticket)
    send(client, ticket, "/solution")
    due(close_solved_tickets, 8)
    assert again(ticket).status == "solved"
    due(close_solved_tickets, 10)
    assert again(ticket).status == "closed"
    before = len(letters())
    relay()
    assert not [letter for letter in letters()[before:] if "Closed" in letter]  # they know the day


def test_what_the_customer_says_before_that_keeps_it_from_closing(client, ticket):
    send(client, ticket, "/solution")
    with make.inside():
        db.session.execute(update(Ticket).values(status_at=now() - timedelta(days=5)))
    make.message(conversation_of(ticket), ticket.customer, "Torn again")
    with make.inside():
        close_solved_tickets()
    assert again(ticket).status == "solved"  # the answer is not heard yet
    relay()
    assert again(ticket).status == "open"


def test_stars_are_asked_for_where_one_chats_when_the_ticket_is_solved_though_the_chat_goes_on(client, pushed):
    mine = visitor()
    number = mine.begin("My tent is torn")
    there = client.post(f"/acme/conversations/{number}/ticket").location
    with make.inside():
        ticket = Ticket.find(number=int(there.rpartition("/")[2]))
        assert ticket.customer
        talk = conversation_of(ticket)
    answer(client, ticket, "Here is a new one")
    state = f"/my/conversations/{number}/state"
    assert 'id="rate"' not in mine.get(state).text
    solve(client, ticket)
    assert 'data-status="open"' in mine.get(state).text and "We think it is solved" in mine.get(state).text
    assert '"state"' in pushed(talk.customer_topic)
    assert mine.post(f"/my/conversations/{number}/rating", stars="4").status_code == 200
    assert 'id="thanks"' in mine.get(state).text and [one.stars for one in ratings()] == [4]
    mine.say(number, "It is torn again")
    relay()
    assert 'id="thanks"' not in mine.get(state).text
