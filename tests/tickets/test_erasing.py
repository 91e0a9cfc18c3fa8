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
from crm.tickets.models import ChecklistItem, Ticket
from crm.tickets.models.merging import TicketMerge
from tests import make
from tests.customers.test_fields import add_field
from tests.importing.files import sent, tried
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


def test_what_is_left_of_a_ticket_is_read_and_nothing_of_it_changes(client, anna, browser, xenia):
    field = add_field("ticket", "Weight")
    ticket, part = (ticket_of(client, customer=xenia, body="My parcel is lost") for _ in range(2))
    talk, other = make.conversation(customer=xenia), ticket_of(client, customer=make.customer("Tom Barker"))
    send(client, ticket, "/items", text="Call them")
    assert client.post(f"/acme/tickets/{part.number}/merges", data={"into": ticket.number}).status_code == 303
    with make.inside():
        lone = Ticket(number=901, subject="By hand", customer_id=xenia.id, status="open").save()
        item, merge = ChecklistItem.first(ticket_id=ticket.id), TicketMerge.first()
        said = db.session.scalars(select(Message.id).where(Message.sender_id == xenia.id)).first()
    erased(browser, xenia)
    asked = [
        ("", {"status": "open"}),
        ("", {"assignee_id": anna.id}),
        ("", {"subject": "Again"}),
        ("", {"priority": "high"}),
    ]
    asked += [("", {"type": "task"}), ("", {"due_at": "2030-01-01T10:00"}), ("/reopening", {}), ("/answering", {})]
    asked += [
        ("/tags", {"tag": "again"}),
        ("/items", {"text": "Call"}),
        ("/links", {"other": other.number, "kind": "follows"}),
    ]
    asked += [("/customer", {"who": "Tom Barker"}), ("/conversations", {"conversation": talk.number})]
    parts = [(f"/items/{item.id}", {"done": "1"}), (f"/items/{item.id}/due", {"due_at": "2030-01-01T10:00"})]
    parts += [("/splits", {"message": said}), ("/merges", {"into": lone.number}), (f"/merges/{merge.id}/undoing", {})]
    for one, paths in ((ticket, asked + parts), (lone, asked)):
        for path, form in paths:
            answer = send(client, one, path, **form)
            assert answer.status_code in (409, 422), path
            assert "stays closed, and what you write would reach nobody" in answer.text, path
        assert (again(one).status, again(one).assignee_id) == ("closed", None)
    page = client.get(f"/acme/tickets/{ticket.number}").text
    for offered in ('title="Assign it to me"', "Change the subject", "Add a tag", "Add something to do", ">Undo<", "/splits",
                    "Change these", "/reopening"):  # fmt: skip
        assert offered not in page, offered
    assert client.get(f"/acme/tickets/{ticket.number}/splits").status_code == 409
    assert client.get(f"/acme/fields/ticket/{ticket.id}/edit").status_code == 409
    assert client.post(f"/acme/fields/ticket/{ticket.id}", data={f"custom_{field.key}": "3"}).status_code == 409


def test_changes_of_many_and_files_leave_it_as_it_is_and_say_of_which_ticket(client, anna, browser, xenia):
    ticket, other = ticket_of(client, customer=xenia), ticket_of(client, customer=make.customer("Tom Barker"))
    with make.inside():
        Ticket.find(id=ticket.id).external_id = "T-1"
    erased(browser, xenia)
    both = [ticket.number, other.number]
    for form in ({"action": "assign", "assignee_id": anna.id}, {"action": "status", "status": "open"},
                 {"action": "priority", "priority": "high"}, {"action": "tag", "tag": "x"}):  # fmt: skip
        answer = client.post("/acme/tickets", data={"number": both, **form})
        assert (
            answer.status_code == 409 and f"because of ticket #{ticket.number}: Its customer was erased" in answer.text
        )
    assert (again(other).status, again(other).assignee_id) == ("new", None)
    at = sent(browser, "External id,Status\nT-1,open\n", kind="tickets")
    tried(browser, at)
    assert "Its customer was erased" in browser.get(f"{at}?outcome=refused").text


def test_a_conversation_of_theirs_takes_notes_alone_and_becomes_no_ticket(client, anna, browser, xenia):
    room = make.conversation(customer=xenia, body="I am here", assignee=anna)
    erased(browser, xenia)
    at = f"/acme/conversations/{room.number}"
    page = client.get(at).text
    assert "Make a ticket" not in page and f'action="{at}/reopening"' not in page
    for path, form in (
        ("messages", make.message_form("Are you there?")), ("reopening", {}), ("acceptance", {}), ("ticket", {}),
        ("transfer", {"to": f"employee:{anna.id}"}),
    ):  # fmt: skip
        answer = client.post(f"{at}/{path}", data=form, headers={"Accept": "application/json"})
        assert answer.status_code == 409, path
    with make.inside():
        assert Conversation.find(id=room.id).status == "closed"
    assert client.post(f"{at}/messages", data=make.message_form("Why?", kind="note")).status_code == 201
