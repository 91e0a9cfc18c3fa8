"""Conversations that wait too long climb the ladder of their department."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from crm.accounts.models import Department
from crm.conversations.models import Conversation, Message, Routing
from crm.db import db, now
from crm.mail import Mail
from crm.notifications.models import Notification
from crm.tickets.models import Escalation, EscalationStep
from crm.tickets.waiting import watch_waiting
from tests import make
from tests.tickets.test_answers import relay

pytestmark = pytest.mark.committed


@pytest.fixture
def lena(app):
    return make.employee("Lena", "lead")


@pytest.fixture
def waiting(lena, boris):
    """For a quarter of an hour, where Lena is told after ten minutes and Boris five later."""
    talk = make.conversation(body="Is anybody there?")
    owner = make.browser(make.employee("Olivia", "owner"))
    routing = {"way": "manual", "skills": "", "overflow_minutes": "", "overflow_to_id": "", "ladder_minutes": "10"}
    assert owner.post(f"/acme/settings/departments/{talk.department_id}/routing", data=routing).status_code == 303
    for minutes, person in (("0", lena), ("15", boris)):
        step = {"after_minutes": minutes, "whom": "person", "person_id": str(person.id)}
        assert owner.post(f"/acme/settings/departments/{talk.department_id}/ladder", data=step).status_code == 303
    return talk


def waits(minutes):
    with make.inside():
        db.session.execute(update(Conversation).values(queued_at=now() - timedelta(minutes=minutes)))
    watched()


def watched():
    for _ in range(2):  # a second process, or a second time, tells nothing new
        with make.inside():
            watch_waiting()
    relay()


def told():
    with make.inside():
        return {
            mail.recipient for mail in db.session.scalars(select(Mail).where(Mail.key.startswith("escalation:"))).all()
        }


def climbs():
    with make.inside():
        return list(db.session.scalars(select(Escalation)).all())


def test_one_after_the_other_is_told_until_somebody_takes_it(client, waiting, lena, boris, anna):
    waits(5)
    assert climbs() == [] and told() == set()
    waits(12)
    assert told() == {lena.email}
    page = client.get(f"/acme/conversations/{waiting.number}").text
    assert page.count("It waits too long: Lena was told.") == 1
    with make.inside():
        assert Notification.find(person_id=lena.id, kind="escalated").conversation_id == waiting.id
        db.session.execute(update(Escalation).values(created_at=now() - timedelta(minutes=16), next_at=now()))
    watched()
    assert told() == {lena.email, boris.email}
    client.post(f"/acme/conversations/{waiting.number}/acceptance")
    watched()
    [climb] = climbs()
    assert climb.ended_at and climb.acknowledged_by_id == anna.id and climb.next_at is None


def test_customers_do_not_read_who_was_told(waiting):
    waits(12)
    with make.inside():
        lines = db.session.scalars(select(Message).where(Message.facts["event"].as_string() == "escalated")).all()
        assert [line.customer_position for line in lines] == [None]
        assert Department.find(id=waiting.department_id) and Routing.of(waiting.department_id).ladder_minutes == 10
        assert len(EscalationStep.of(waiting.department_id)) == 2
