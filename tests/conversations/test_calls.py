"""Calls that are entered by hand: from any page, in ten seconds, once."""

import re
import uuid
from datetime import timedelta

import pytest

from crm.conversations.models import Call, Conversation
from crm.customers.models import Customer
from crm.customers.phones import other_numbers, reached_by
from crm.db import db, now
from crm.tenancy import forget_cached_tenant
from tests import make

FRAGMENT = {"HX-Request": "true", "Accept": "text/html"}


def form(who: str = "+49 30 901820", opened: float = 245, **more: str) -> dict[str, str]:
    """What the browser sends of a form that was opened so many seconds ago."""
    began = now() - timedelta(seconds=opened)
    typed = {"who": who, "direction": "in", "outcome": "answered", "about": "", "minutes": "", "caller_name": ""}
    return {**typed, "started_at": began.isoformat(), "client_id": str(uuid.uuid4()), **more}


def calls() -> list[Call]:
    with make.inside():
        found = list(db.session.scalars(db.select(Call).order_by(Call.id)).all())
        assert all(call.conversation and (call.employee or True) for call in found)
        return found


def test_a_call_is_logged_where_one_is_and_stands_wherever_conversations_do(client, anna):
    mia = make.customer("Mia Meier", phone="+4930901820")
    page = client.get("/acme/customers").text
    assert 'href="/acme/calls/new" data-dialog="log-call"' in page and '<dialog id="log-call"' in page
    opened = client.get("/acme/calls/new", headers=FRAGMENT).text
    assert "<html" not in opened and 'name="started_at"' in opened
    began, sent = now(), form(about="Wants the green tent")
    for _ in range(2):
        answer = client.post("/acme/calls", data=sent, headers=FRAGMENT)
        assert answer.status_code == 200 and "The call is logged." in answer.text
    [call] = calls()
    assert (call.conversation.customer_id, call.employee_id, call.outcome) == (mia.id, anna.id, "answered")
    assert 244 <= call.seconds <= 246 + (now() - began).total_seconds() and call.conversation.status == "closed"
    page = client.get(f"/acme/conversations/{call.conversation.number}").text
    lasted = f"{call.seconds // 60}:{call.seconds % 60:02}"
    assert "Incoming call, answered by Anna" in page and "Wants the green tent" in page and lasted in page
    assert 'name="kind" value="note"' in page  # more can be noted, nothing can be sent
    lists = client.get("/acme/inbox/closed").text, client.get(f"/acme/customers/{mia.id}").text
    assert all('aria-label="Phone"' in shown and "+49 30 901820" in shown for shown in lists)


def test_who_calls_is_found_by_each_of_their_numbers_by_digits_and_by_name(client):
    make.tenant("acme", country="DE")
    forget_cached_tenant()
    mia = make.customer("Mia Meier", phone="+4930901820")
    client.post(
        f"/acme/customers/{mia.id}", data={"name": "Mia Meier", "phone": "030 901820", "phones": "0171 1234567\n"}
    )
    assert "+49 171 1234567" in client.get(f"/acme/customers/{mia.id}").text
    for typed in ("030901820", "0049 30 901820", "+49 171 1234567", "0171/1234567", "9018", "mei"):
        found = client.get("/acme/calls/callers", query_string={"who": typed}).text
        assert str(mia.id) in found, typed
    assert str(mia.id) not in client.get("/acme/calls/callers?who=030901821").text
    with make.inside():
        tom = Customer(name="Tom", phone="+491711234567").save()
        assert [one.id for one in reached_by("+491711234567")] == [tom.id, mia.id]  # his first, her further one
    client.post(
        "/acme/calls", data=form("030 9018", customer_id=str(mia.id))
    )  # a part of it, and chosen: no other number
    assert calls()[0].number == "+4930901820" and "+49 30 9018<" not in client.get(f"/acme/customers/{mia.id}").text
    assert str(mia.id) not in client.get("/acme/calls/callers?who=90").text


def test_an_unknown_number_becomes_a_customer_and_a_known_customer_learns_theirs(client):
    client.post("/acme/calls", data=form("+49 30 5550000", caller_name="Jan Ode"))
    jan = calls()[0].conversation.customer_id
    client.post("/acme/calls", data=form("+49 171 5550001", customer_id=str(jan), minutes="3", opened=10))
    client.post("/acme/calls", data=form("+49 171 5550001", outcome="missed", direction="out"))
    with make.inside():
        customer = Customer.find(id=jan)
        assert (customer.name, customer.phone, other_numbers(customer)) == (
            "Jan Ode",
            "+49305550000",
            ["+491715550001"],
        )
    last = calls()[1:]
    assert [(call.conversation.customer_id, call.seconds) for call in last] == [(jan, 180), (jan, None)]
    assert "Anna called and reached nobody" in client.get(f"/acme/conversations/{last[1].conversation.number}").text


@pytest.mark.parametrize("wrong", [{"who": ""}, {"who": "Somebody"}, {"outcome": "x"}, {"minutes": "-1"}, {"started_at": ""},
                                   {"started_at": "2020-01-01T00:00:00+00:00"}, {"who": "\x00"},
                                   {"who": "Mia\x00"}])  # fmt: skip
def test_what_does_not_fit_comes_back_with_what_was_typed(client, wrong):
    answer = client.post("/acme/calls", data=form(**{"about": "Kept", **wrong}))
    assert answer.status_code == 422 and "Kept" in answer.text and calls() == []


def test_a_customer_reads_of_the_call_but_not_what_was_noted_and_writes_nothing_there(client):
    mia = make.customer("Mia", email="mia@example.com", phone="+4930901820")
    client.post("/acme/calls", data=form(about="Angry"))
    theirs, number = make.browser(mia), calls()[0].conversation.number
    page = theirs.get(f"/acme/help/conversations/{number}").text
    assert "You called us." in page and "Angry" not in page and "+49 30 901820" in theirs.get("/acme/help").text
    assert 'id="write"' not in page and "Go on with" not in page
    sent = {"body": "Hello", "client_id": str(uuid.uuid4())}
    assert theirs.post(f"/acme/help/conversations/{number}/messages", data=sent).status_code == 409
    assert theirs.post(f"/acme/help/conversations/{number}/reopening").status_code == 409
    with make.inside():
        assert Conversation.find(number=number).status == "closed"


def test_from_a_customers_page_the_form_knows_who_it_is(client, carla):
    mia = make.customer("Mia Meier", phone="+4930901820")
    address = f"/acme/calls/new?customer={mia.id}"
    assert address in client.get(f"/acme/customers/{mia.id}").text
    assert re.search(rf'value="{mia.id}" checked', client.get(address).text)
    theirs = make.customer("Somebody", slug="globex")
    assert client.get(f"/acme/calls/new?customer={theirs.id}").status_code == 404
    assert client.post("/acme/calls", data=form(customer_id=str(theirs.id))).status_code == 404
    assert calls() == []
