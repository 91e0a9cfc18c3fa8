"""What employees are told: once, until they have seen it."""

import re

from sqlalchemy import select

from crm.conversations.models import Conversation, Task
from crm.conversations.topics import employee
from crm.db import db, now
from crm.mail import Mail
from crm.notifications.models import Notification
from crm.tickets.models import Escalation, EscalationNotice, EscalationStep, Ticket
from tests import make
from tests.tickets.test_answers import conversation_of
from tests.tickets.test_opening import form_of
from tests.tickets.test_tickets import ticket_of

from .steps import customer_waits, kinds, later, mails, relayed, told


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


def test_a_call_is_nobody_who_wrote_and_waits(anna):
    conversation = make.conversation()
    make.browser(anna).post(f"/acme/conversations/{conversation.number}/acceptance")
    with make.inside():
        Conversation.find(id=conversation.id).channel = "phone"
        db.session.commit()
    customer_waits(conversation)
    assert kinds(anna) == []


def make_customer(conversation):
    with make.inside():
        return Conversation.find(id=conversation.id).customer


def test_a_call_to_make_is_told_and_seen_where_the_calls_stand(client, anna, boris):
    waiting = make.conversation(assignee=anna)
    with make.inside(actor=boris):
        Task.open(make_customer(waiting), "+4930123456", "ours", now(), owner_id=anna.id)
    called = next(one for one in told(anna) if one.kind == "call_to_make")
    assert client.post(f"/acme/notifications/{called.id}/opening").location == "/acme/tasks"
    with make.inside(actor=boris):
        Task.open(make_customer(waiting), "+4930123457", "ours", now(), owner_id=anna.id)
    relayed()
    before = number(client)
    client.post("/acme/notifications/visits", data={"at": "/tasks"})
    assert number(client) == before - 1


def test_the_same_again_about_the_same_is_one_line_that_is_marked_as_seen_at_once(client, boris):
    conversation, other, his = make.conversation(), make.conversation(), make.browser(boris)
    for which in (conversation, other, conversation):
        note(client, which)
    first, second, third = told(boris)
    for page in ("/acme/notifications", "/acme/notifications/latest"):
        shown = his.get(page).text
        assert "2 times" in shown and str(first.id) not in shown and str(third.id) in shown and str(second.id) in shown
    line = his.post(f"/acme/notifications/{third.id}/sight", headers={"HX-Request": "true"}).text
    assert line.startswith("<li>") and "is-unseen" not in line and number(his) == 1


def test_of_a_promise_that_breaks_one_mail_tells_and_the_bell_until_somebody_takes_care(client, anna, boris):
    with make.inside(actor=boris):
        ticket = Ticket.open_from(Conversation.find(id=make.conversation().id), boris, "Parcel")
        for after in (0, 10):
            EscalationStep(
                department_id=ticket.department_id, whom="person", person_id=boris.id, after_minutes=after
            ).save()
        climb = begun(ticket)
        for step in EscalationStep.of(ticket.department_id):
            climb.tell(boris, step)
    his = make.browser(boris)
    assert kinds(boris) == ["escalated"] and number(his) == 1
    later(minutes=10)
    mails()
    assert mailed(boris) == [f"escalation:{climb.id}:{boris.id}"]
    client.post(f"/acme/tickets/{ticket.number}/acknowledgement")
    relayed()
    assert number(his) == 0
    with make.inside():
        assert Escalation.find(id=climb.id).acknowledged_by_id == anna.id, "the trail stays"
        assert EscalationNotice.find(escalation_id=climb.id).person_id == boris.id
        other = Ticket.open_from(Conversation.find(id=make.conversation().id), boris, "Refund")
        late = begun(other)
        late.tell(boris, EscalationStep.of(other.department_id)[0])
        late.acknowledge(anna)
    assert kinds(boris) == ["escalated"] and len(mailed(boris)) == 1, "who is not needed any more is not called"


def begun(ticket):
    Escalation.begin(ticket.tenant_id, "next", ticket_id=ticket.id)
    return Escalation.going_on(ticket.id)


def mailed(person):
    with make.inside():
        return list(db.session.scalars(select(Mail.key).where(Mail.recipient == person.email)).all())


def test_who_follows_a_ticket_or_is_given_a_new_one_hears_of_it(client, boris):
    ticket, his = ticket_of(client), make.browser(boris)
    his.post(f"/acme/tickets/{ticket.number}/following", data={"on": "1"})
    with make.inside():
        customer = Ticket.find(id=ticket.id).customer
    make.message(conversation_of(ticket), customer, "Is there news?")
    assert kinds(boris) == ["followed"] and "Something was said in the ticket" in his.get("/acme/notifications").text
    client.post("/acme/tickets/new", data=form_of(client, assignee_id=str(boris.id)))
    assert kinds(boris) == ["followed", "assigned"]
