"""What employees are told: once, until they have seen it."""

import re

from crm.conversations.models import Conversation, Task
from crm.conversations.topics import employee
from crm.db import now
from crm.events import record
from crm.notifications.models import Notification
from crm.tickets.models import Ticket
from tests import make

from .steps import customer_waits, kinds, relayed, told


def number(client) -> int:
    shown = re.search(r'<span class="count" (hidden)?>(\d+)', client.get("/acme/notifications/bell").text)
    assert shown and bool(shown[1]) == (shown[2] == "0")
    return int(shown[2])


def note(client, conversation, body: str = "@Boris: can you look?"):
    client.post(f"/acme/conversations/{conversation.number}/messages", data=make.message_form(body, "note"))


def test_a_mention_stands_at_the_bell_until_the_note_was_read(client, boris, pushed):
    conversation, his = make.conversation(), make.browser(boris)
    note(client, conversation)
    assert [(one.kind, one.seen_at) for one in told(boris)] == [("mentioned", None)]
    assert '"refresh": ["notifications"]' in pushed(employee(boris.tenant_id, boris.id))
    relayed()  # the worker may react twice
    lines = his.get("/acme/notifications/latest").text
    assert (
        number(his) == 1
        and "Anna named you in a note" in lines
        and "can you look?" in lines
        and "Mia Meier #1" in lines
    )
    heard = pushed(employee(boris.tenant_id, boris.id)).count('["notifications"]')
    his.post(f"/acme/conversations/{conversation.number}/reading", data={"seq": 99})
    assert pushed(employee(boris.tenant_id, boris.id)).count('["notifications"]') == heard + 1
    assert number(his) == 0 and "Anna named you in a note" in his.get("/acme/notifications").text


def test_opening_one_goes_there_and_what_one_did_oneself_is_not_told(client, anna, boris):
    conversation, his = make.conversation(assignee=anna), make.browser(boris)
    note(client, conversation, "@Anna and @Boris")
    client.post(f"/acme/conversations/{conversation.number}/transfer", data={"to": f"employee:{boris.id}"})
    assert kinds(anna) == [] and kinds(boris) == ["mentioned", "assigned"]
    given = told(boris)[1]
    answer = his.post(f"/acme/notifications/{given.id}/opening")
    assert (answer.status_code, answer.location) == (303, f"/acme/conversations/{conversation.number}")
    assert number(his) == 1
    assert client.post(f"/acme/notifications/{given.id}/opening").status_code == 404
    his.post("/acme/notifications/visits", data={"at": f"/conversations/{conversation.number}"})
    assert number(his) == 0


def test_all_can_be_marked_as_seen_and_a_page_marks_its_own(client, anna, boris):
    conversation = make.conversation()
    with make.inside(actor=boris):
        ticket = Ticket.open_from(Conversation.find(id=conversation.id), boris, "Parcel")
        ticket.assign(anna)
        ticket.set_status("pending")
    with make.inside():
        rated = Conversation.find(id=make.rating(1, by=anna).conversation_id)
    client.post("/acme/notifications/visits", data={"at": f"/conversations/{rated.number}"})
    assert kinds(anna) == ["assigned", "followed", "assigned", "rated_badly"] and number(client) == 4
    for at in ("/tickets/99", "/customers/1", "/tickets/x", "//", f"/tickets/{ticket.number}"):
        shown = client.post("/acme/notifications/visits", data={"at": at})
        assert shown.status_code == 200 and 'id="bell"' in shown.text
    assert number(client) == 2 and "gave 1 star" in client.get("/acme/notifications").text
    client.post("/acme/notifications/sight")
    assert number(client) == 0 and "Mark all as seen" not in client.get("/acme/notifications/latest").text


def test_who_does_not_look_hears_once_that_a_customer_waits(anna, boris):
    conversation = make.conversation()
    make.browser(anna).post(f"/acme/conversations/{conversation.number}/acceptance")
    customer_waits(conversation, minutes=1)
    assert kinds(anna) == []
    customer_waits(conversation)
    customer_waits(conversation)
    assert kinds(anna) == ["answered"]
    with make.inside():
        Conversation.find(id=conversation.id).read_by(anna, 99)
        assert Notification.find(kind="answered").seen_at is None  # settled by the mail's clock
    make.message(conversation, make_customer(conversation), "Hello?")
    customer_waits(conversation)
    assert kinds(anna) == ["answered", "answered"] and kinds(boris) == []


def make_customer(conversation):
    with make.inside():
        return Conversation.find(id=conversation.id).customer


def test_calls_to_make_and_promises_that_break_are_told(client, anna, boris):
    ticket_of_hers = make.conversation(assignee=anna)
    with make.inside(actor=boris):
        Task.open(make_customer(ticket_of_hers), "+4930123456", "ours", now(), owner_id=anna.id)
        ticket = Ticket.open_from(Conversation.find(id=ticket_of_hers.id), boris, "Parcel")
        record("escalation.raised", ticket, person=str(boris.id), escalation=str(ticket.id), kind="next")
    assert "call_to_make" in kinds(anna) and kinds(boris) == ["escalated"] and told(boris)[0].mail_due_at is None
    called = next(one for one in told(anna) if one.kind == "call_to_make")
    assert client.post(f"/acme/notifications/{called.id}/opening").location == "/acme/tasks"
