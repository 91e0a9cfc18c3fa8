from datetime import timedelta

from sqlalchemy import update

from crm.accounts.models import Department, Employee
from crm.conversations.models import Conversation, Presence
from crm.conversations.queue import wait_of, wait_of_next
from crm.db import db, now
from tests import make


def test_accepting_next_takes_the_one_who_has_waited_longest(client, anna):
    first, second = make.conversation(body="First"), make.conversation(body="Second")
    response = client.post("/acme/inbox/queue/acceptance")
    assert response.location.endswith(f"/conversations/{first.number}")
    with make.inside():
        assert Conversation.find(number=first.number).assignee_id == anna.id
        assert Conversation.find(number=second.number).status == "queued"


def test_accepting_an_empty_queue_says_that_a_colleague_was_faster(client):
    response = client.post("/acme/inbox/queue/acceptance", headers={"Accept": "application/json"})
    assert response.status_code == 409
    assert "colleague was faster" in response.json["error"]["sentence"]


def test_the_second_to_accept_is_told_who_has_it(client, boris):
    conversation = make.conversation()
    make.browser(boris).post(f"/acme/conversations/{conversation.number}/acceptance")
    late = client.post(f"/acme/conversations/{conversation.number}/acceptance", headers={"Accept": "application/json"})
    assert late.status_code == 409
    assert "Boris has taken this conversation" in late.json["error"]["sentence"]


def test_accepting_twice_changes_nothing_the_second_time(client, anna):
    conversation = make.conversation(assignee=anna)
    assert client.post(f"/acme/conversations/{conversation.number}/acceptance").status_code == 302
    with make.inside():
        assert Conversation.find(number=conversation.number).staff_position == 2


def test_the_queue_shows_places_and_an_honest_wait(app):
    conversations = [make.conversation() for _ in range(3)]
    with make.inside():
        places = [wait_of(Conversation.find(id=one.id)) for one in conversations]
        assert [wait.place for wait in places] == [1, 2, 3]
        assert [wait.minutes for wait in places] == [None, None, None]
        assert not places[0].staffed


def test_the_wait_is_computed_from_the_last_answers(app):
    for _ in range(3):
        answered = make.closed_conversation()
        with make.inside():
            moment = now()
            times = {"queued_at": moment - timedelta(minutes=5), "first_reply_at": moment - timedelta(minutes=3)}
            db.session.execute(update(Conversation).where(Conversation.id == answered.id).values(**times))
    waiting = make.conversation()
    with make.inside():
        assert wait_of(Conversation.find(id=waiting.id)).minutes == 2
        assert wait_of_next(waiting.department_id).minutes == 4


def test_those_who_were_answered_and_wait_again_elsewhere_say_nothing_about_the_wait_there(app):
    sales = make.department()
    for answered in [make.conversation() for _ in range(3)]:
        with make.inside():
            handed = Conversation.locked(id=answered.id)
            handed.first_reply_at = now()
            handed.hand_to(Department.find(id=sales.id))
    with make.inside():
        assert wait_of_next(sales.id).place == 4
        assert wait_of_next(sales.id).minutes is None


def test_somebody_is_there_only_while_connected_and_available(anna):
    conversation = make.conversation()
    with make.inside():
        presence = Presence(person_id=anna.id).save()
        assert wait_of_next(conversation.department_id).staffed
        Employee.find(id=anna.id).availability = "away"
        assert not wait_of_next(conversation.department_id).staffed
        Employee.find(id=anna.id).availability = "available"
        presence.seen_at = now() - timedelta(minutes=2)
        assert not wait_of_next(conversation.department_id).staffed


def test_a_new_conversation_rings_in_every_inbox(app, pushed):
    conversation = make.conversation()
    with make.inside():
        from crm.conversations.topics import inbox

        assert '"signal": "queued"' in pushed(inbox(conversation.tenant_id))


def test_an_agent_serves_the_queue_of_their_department_and_a_lead_every_queue(client, anna):
    sales = make.department("Sales")
    elsewhere = make.conversation(body="How much for forty?", department_id=sales.id)
    assert "How much for forty?" not in client.get("/acme/inbox/queue").text
    assert client.post("/acme/inbox/queue/acceptance").status_code == 409
    lead = make.browser(make.employee("Lena", "lead"))
    assert "How much for forty?" in lead.get("/acme/inbox/queue").text
    assert lead.post("/acme/inbox/queue/acceptance").location.endswith(f"/conversations/{elsewhere.number}")
