from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from crm.accounts.models import Department, Employee
from crm.conversations.models import Ability, Conversation, Presence, Routing
from crm.conversations.routing import give_out
from crm.conversations.topics import inbox, queue
from crm.db import db, now
from crm.events import Event
from crm.relay import dispatch
from tests import make


@pytest.fixture
def owner(app):
    return make.browser(make.employee("Olivia", "owner"))


def rule(owner, department="Support", **fields):
    path = f"/acme/settings/departments/{make.department(department).id}/routing"
    form = {"way": "round_robin", "skills": "", "overflow_minutes": "", "overflow_to_id": "", **fields}
    return owner.post(path, data=form)


def present(*names, **abilities):
    """Employees of Support whose browsers are connected."""
    people = [make.employee(name) for name in names]
    with make.inside():
        for person in people:
            Presence(person_id=person.id).save()
            if abilities:
                Ability.write(person.id, person.tenant_id, **abilities)
    return people


def go():
    with make.inside():
        give_out()


def holders(*conversations):
    with make.inside():
        found = [Conversation.find(id=one.id).assignee_id for one in conversations]
        return [Employee.find(id=id).name if id else None for id in found]


def heard():
    with make.state.app.app_context():
        while dispatch():
            pass


def test_nothing_is_given_out_unless_a_department_wants_it(owner):
    present("Anna")
    waiting = make.conversation()
    go()
    assert holders(waiting) == [None]
    rule(owner)
    go()
    assert holders(waiting) == ["Anna"]


def test_one_after_the_other_and_never_more_than_somebody_takes(owner):
    rule(owner)
    present("Anna", "Bea", capacity=2)
    waiting = [make.conversation() for _ in range(5)]
    go()
    found = holders(*waiting)
    assert sorted(found[:2]) == sorted(found[2:4]) == ["Anna", "Bea"] and found[4] is None
    mail = make.conversation(channel="email")
    with make.inside():
        Conversation.locked(id=waiting[0].id).close(Employee.find(name="Anna"))
    go()
    assert None not in holders(waiting[4]) and holders(mail) == [None]


def test_who_has_the_least_to_do_for_what_they_take(owner):
    rule(owner, way="least_busy")
    anna, bea = present("Anna", "Bea")
    with make.inside():
        Ability.write(bea.id, bea.tenant_id, capacity=2)
    make.conversation(assignee=anna), make.conversation(assignee=bea)
    waiting = make.conversation()
    go()
    assert holders(waiting) == ["Anna"]  # one of five is less than one of two


def test_rather_to_who_knows_customer_language_and_matter(owner):
    people = present("Anna", "Bea", "Cleo")
    rule(owner, way="least_busy", previous_first="1", by_language="1", skills="Billing: invoice, refund")
    anna, bea, cleo = people
    with make.inside():
        Ability.write(bea.id, bea.tenant_id, languages=["de"])
        Ability.write(cleo.id, cleo.tenant_id, skills=["billing"], given_at=now())
    known = make.customer("Known", language="de")
    make.closed_conversation(customer=known, by=anna)
    waiting = [
        make.conversation(customer=known), make.conversation(customer=make.customer("New", language="de")),
        make.conversation(customer=make.customer("Other", language="fr"), body="My INVOICE is wrong"),
    ]  # fmt: skip
    go()
    assert holders(*waiting) == ["Anna", "Bea", "Cleo"]


def test_what_waits_too_long_goes_elsewhere_once(owner):
    sales = make.department("Sales")
    assert rule(owner, way="manual", overflow_minutes="10").status_code == 422
    rule(owner, way="manual", overflow_minutes="10", overflow_to_id=str(sales.id))
    rule(owner, "Sales", way="manual", overflow_minutes="10", overflow_to_id=str(make.department("Support").id))
    old, young = make.conversation(), make.conversation()

    def wait(conversation):
        with make.inside():
            query = update(Conversation).where(Conversation.id == conversation.id)
            db.session.execute(query.values(queued_at=now() - timedelta(minutes=11)))

    wait(old)
    for _ in range(2):
        go()
        with make.inside():
            assert Conversation.find(id=old.id).department_id == sales.id
            assert Conversation.find(id=young.id).department_id != sales.id
        wait(old)


@pytest.mark.committed
def test_away_hands_back_what_waits_for_an_answer(owner, anna):
    asks, answered = make.conversation(assignee=anna), make.conversation(assignee=anna)
    make.message(answered, anna, "Here you are.")
    client = make.browser(anna)
    client.post("/acme/profile/availability", data={"availability": "busy"})
    heard()
    assert holders(asks, answered) == ["Anna", "Anna"]
    client.post("/acme/profile/availability", data={"availability": "away"})
    heard()
    assert holders(asks, answered) == [None, "Anna"]


@pytest.mark.committed
def test_two_that_give_out_at_once_never_give_one_twice(app, owner):
    rule(owner)
    rule(owner, "Sales")
    present("Anna", "Bea", capacity=3)
    waiting = [make.conversation() for _ in range(8)]
    with ThreadPoolExecutor(4) as crowd:
        for done in [crowd.submit(go) for _ in range(4)]:
            done.result()
    found = holders(*waiting)
    assert found[6:] == [None, None] and sorted(found[:6]) == ["Anna"] * 3 + ["Bea"] * 3
    with make.inside():
        given = select(Event.subject_id).where(Event.name == "conversation.assigned")
        assert len(db.session.scalars(given).all()) == 6


def test_what_employees_can_is_written_on_their_page(owner, client, anna):
    page = f"/acme/employees/{anna.id}"
    fields = {"capacity": "8", "languages": ["en", "de"], "skills": "Billing, returns"}
    assert owner.post(f"{page}/abilities", data=fields).status_code == 303
    assert client.post(f"{page}/abilities", data=fields).status_code == 403
    assert 'value="billing, returns"' in owner.get(page).text and "billing, returns" in client.get(page).text
    with make.inside():
        assert Ability.of([anna.id])[anna.id].languages == ["en", "de"]
    assert owner.post(f"{page}/abilities", data=fields | {"capacity": "0"}).status_code == 422


def test_a_rule_is_shown_as_it_was_written(owner):
    assert rule(owner, skills="no colon").status_code == 422
    rule(owner, skills="Billing: invoice, refund\nreturns:parcel", previous_first="1")
    with make.inside():
        support = Department.find(name="Support")
        assert Routing.of(support.id).skills == {"billing": ["invoice", "refund"], "returns": ["parcel"]}
    page = owner.get(f"/acme/settings/departments/{support.id}/routing").text
    assert "billing: invoice, refund" in page
    assert "/routing" in owner.get(f"/acme/settings/departments/{support.id}").text


def test_nothing_of_another_workspace_can_be_named(owner):
    foreign, carla = make.department("Sales", "globex"), make.carla()
    assert rule(owner, overflow_minutes="5", overflow_to_id=str(foreign.id)).status_code == 422
    mine = make.department("Support")
    step = {"after_minutes": "5", "whom": "person", "person_id": str(carla.id)}
    assert owner.post(f"/acme/settings/departments/{mine.id}/ladder", data=step).status_code == 422
    for path in (
        f"departments/{foreign.id}/routing",
        f"departments/{foreign.id}/hours",
        f"departments/{foreign.id}/ladder",
    ):
        assert owner.get(f"/acme/settings/{path}").status_code == 404
    abilities = {"capacity": "3", "languages": ["en"], "skills": ""}
    assert owner.post(f"/acme/employees/{carla.id}/abilities", data=abilities).status_code == 404


@pytest.mark.committed
def test_what_is_looked_at_in_vain_wakes_no_page(owner, pushed):
    """Routing looks at every conversation that waits, comes back or ends; pages hear of it only when it gives something out."""
    present("Anna")
    waiting = make.conversation()
    make.closed_conversation()
    with make.inside() as tenant:
        topics = [inbox(tenant.id), queue(tenant.id), waiting.topic, waiting.customer_topic]
    before = [pushed(topic) for topic in topics]
    heard()
    go()
    assert [pushed(topic) for topic in topics] == before
    rule(owner)
    go()
    assert pushed(topics[0]) != before[0]
