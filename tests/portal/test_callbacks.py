"""A visitor asks to be called back: at a number that exists, at a time that is offered, not too often."""

import re
from datetime import datetime, timedelta

import pytest

from crm.conversations.models import Task
from crm.db import db, now, uuid7
from crm.extensions import limiter
from tests import make

from .steps import visitor

NUMBER = "+49 30 901820"


def asked() -> list[Task]:
    with make.inside():
        found = list(db.session.scalars(db.select(Task).order_by(Task.id)).all())
        assert all(task.customer for task in found)
        return found


def times(someone) -> list[str]:
    return re.findall(r'<option value="([^"]+)">', someone.get("/my/callbacks").text)


def test_a_visitor_is_called_back_when_they_like(client):
    someone = visitor()
    assert "Call me back" in someone.view
    offered = times(someone)
    assert len(offered) > 5 and all(now() < datetime.fromisoformat(one) < now() + timedelta(days=8) for one in offered)
    answer = someone.post("/my/callbacks", number=NUMBER, when=offered[2], name="Jan Ode", note="A tent")
    assert answer.status_code == 200 and "We call you at +49 30 901820:" in answer.text
    [task] = asked()
    assert (task.reason, task.number, task.due_at) == ("asked", "+4930901820", datetime.fromisoformat(offered[2]))
    shown = client.get("/acme/tasks").text
    assert "Jan Ode" in shown and "Asked for it in the chat" in shown and "A tent" in shown
    again = someone.post("/my/callbacks", number=NUMBER)  # the same wish, sooner
    assert "as soon as we can" in again.text and [task.due_at < now() + timedelta(hours=2) for task in asked()] == [
        True
    ]
    make.customer("Owner of the number", phone="+4930901820")
    assert asked()[0].customer.phone is None  # a typed number makes nobody known by it


def test_a_stranger_reads_of_no_calls_from_a_number_that_they_typed(client):
    someone = visitor()
    someone.post("/my/callbacks", number=NUMBER, name="Jan Ode")
    form = {
        "who": NUMBER,
        "customer_id": str(asked()[0].customer_id),
        "started_at": now().isoformat(),
        "outcome": "answered",
    }
    there = client.post("/acme/calls", data={**form, "direction": "out", "client_id": str(uuid7())}).location
    form["customer_id"] = ""  # whoever has the number calls now, and is taken for them
    client.post("/acme/calls", data={**form, "direction": "in", "client_id": str(uuid7())})
    assert "901820" not in someone.get("/my/conversations").text
    assert someone.get(f"/my{there.removeprefix('/acme')}").status_code == 404


@pytest.mark.parametrize("wrong", [{"number": ""}, {"number": "901820"}, {"number": "+49 900 1234567"}, {"number": "+49 30"},
                                   {"when": "2020-01-01T00:00:00+00:00"}, {"when": "x"}, {"note": "x" * 501}])  # fmt: skip
def test_what_cannot_be_called_is_refused(anna, wrong):
    answer = visitor().post("/my/callbacks", **{"number": NUMBER, **wrong})
    assert answer.status_code == 422 and answer.json["error"]["fields"] and asked() == []


def test_one_address_asks_only_so_often(anna):
    limiter.enabled = True
    limiter.reset()
    try:
        answers = [visitor().post("/my/callbacks", number=NUMBER).status_code for _ in range(7)]
    finally:
        limiter.reset()
        limiter.enabled = False
    assert answers == [200] * 6 + [429]
