"""The tickets of a person who is erased are closed: it is said before, it stands there why, and nobody is written to."""

import pytest
from sqlalchemy import delete, func, select

from crm.conversations.models import Conversation, Message, Rating
from crm.customers.erasing.jobs import erase_person, finish_erasure
from crm.customers.models import Customer
from crm.db import db, now
from crm.events import Event, Outbox
from crm.mail import Mail
from crm.notifications.models import Notification
from crm.portal.ratings import ask_by_mail
from crm.tickets.models import Ticket
from tests import make
from tests.notifications.steps import relayed

from .test_tickets import again, send, ticket_of

pytestmark = pytest.mark.committed


@pytest.fixture
def browser(app):
    return make.browser(make.employee("Olivia", "owner"))


@pytest.fixture
def xenia(app):
    return make.customer("Xenia Wolf", email="xenia@example.com")


def erased(browser, person) -> str:
    """With all that the worker does for it."""
    there = str(browser.post(f"/acme/customers/{person.id}/erasure", data={"name": person.name}).location)
    with make.inside():
        db.session.execute(delete(Outbox))
        erase_person.work(there.rpartition("/")[2])
    relayed()
    with make.inside():
        finish_erasure.work(there.rpartition("/")[2])
    return there


def count(model) -> int:
    with make.inside():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def lines(ticket) -> int:
    with make.inside():
        facts = db.session.scalars(select(Message.facts).where(Message.kind == "system")).all()
        return [one.get("event") for one in facts].count("erased")


def test_open_tickets_of_an_erased_person_close_and_say_why_and_nobody_is_written_to(client, anna, browser, xenia):
    ticket = ticket_of(client, customer=xenia, body="My parcel is lost")
    send(client, ticket, subject="The parcel")
    send(client, ticket, assignee_id=anna.id)
    number, other = ticket.number, ticket_of(client, customer=make.customer("Tom Barker"))
    page = browser.get(f"/acme/customers/{xenia.id}/erasure").text
    assert "Is closed" in page and f"#{number} The parcel" in page and "· Anna" in page
    assert f"/tickets/{other.number}" not in page
    mailed, asked = count(Mail), count(Rating)
    there = erased(browser, xenia)
    assert "Nothing is known" in browser.get(there).text
    left = again(ticket)
    assert (left.status, left.subject, again(other).status) == ("closed", "—", "new")
    assert (count(Mail), count(Rating), lines(ticket)) == (mailed, asked, 1)
    shown = client.get(f"/acme/tickets/{number}").text
    assert "Closed, because the customer was erased." in shown and "The customer was erased" in shown
    assert "No customer yet" not in shown and "Xenia" not in shown
    assert "Reopen" not in shown and "Write to the customer" not in shown and '<option value="open"' not in shown
    for path in ("reopening", "answering"):
        refused = client.post(f"/acme/tickets/{number}/{path}", headers={"Accept": "application/json"})
        assert refused.status_code == 409 and "would reach nobody" in refused.text
    assert again(ticket).status == "closed"
    assert f'href="/acme/tickets/{number}"' not in client.get("/acme/tickets?view=mine").text
    told = client.get("/acme/notifications/latest").text
    assert f"Ticket #{number} was closed, because its customer was erased" in told and "Xenia" not in told
    client.post("/acme/notifications/visits", data={"at": f"/tickets/{number}"})
    with make.inside():
        [event] = [one for one in db.session.scalars(select(Event)) if one.facts.get("why") == "erased"]
        assert (event.facts["before"], event.facts["after"], event.subject_id) == ("open", "closed", ticket.id)
        assert all(one.seen_at for one in db.session.scalars(select(Notification)) if "number" in one.facts)


def test_tickets_whose_conversation_is_over_close_too_and_who_has_none_open_is_told_nothing(client, browser, xenia):
    ticket, done = ticket_of(client, customer=xenia), ticket_of(client, customer=xenia)
    with make.inside():
        part = Ticket.find(id=ticket.id)
        for talk in db.session.scalars(select(Conversation)).all():
            Conversation.locked(id=talk.id).close(make.boris())
        for status in ("solved", "closed"):
            Ticket.locked(id=done.id).set_status(status)
        assert part.status == "new" and Customer.find(id=xenia.id)
    page = browser.get(f"/acme/customers/{xenia.id}/erasure").text
    assert f"/tickets/{ticket.number}" in page and f"/tickets/{done.number}" not in page
    erased(browser, xenia)
    assert again(ticket).status == again(done).status == "closed" and lines(ticket) == 1
    tom = make.customer("Tom Barker")
    assert "Is closed" not in browser.get(f"/acme/customers/{tom.id}/erasure").text


def test_stars_that_were_to_be_asked_for_are_not_and_others_still_are(app, browser, xenia):
    for person in (xenia, make.customer("Tom Barker", email="tom@example.com")):
        make.closed_conversation(customer=person)
    with make.inside():
        for rating in db.session.scalars(select(Rating)).all():
            rating.mail_due_at = now()
    erased(browser, xenia)
    with make.inside():
        ask_by_mail()
    with make.inside():
        mails = db.session.scalars(select(Mail).where(Mail.key.startswith("rating:"))).all()
        assert [one.recipient for one in mails] == ["tom@example.com"]
