"""What telephone exchanges tell of calls: signed, once, in any order; shown to whom it rings with; followed up."""

import json
import time
from datetime import timedelta
from itertools import permutations

import pytest

from crm.conversations import topics
from crm.conversations.channels.phone_in import pbx, twilio
from crm.conversations.models import Call, PhoneLine, PhoneSource, Presence, Task
from crm.db import db, now
from tests import make

MIA, DESK, OURS = "+4930901820", "+4930555000", "+4930555201"


@pytest.fixture
def secret(anna) -> str:
    """Of acme's exchange; Anna is rung at 201, Support at the desk's number. An extension is no number of the country."""
    make.tenant("acme", country="DE")
    with make.inside():
        PhoneLine.add("201", make.anna(), None)
        PhoneLine.add(OURS, make.anna(), None)
        PhoneLine.add(DESK, None, make.department_here())
        source = PhoneSource.set_up("pbx")
        PhoneSource.set_up("twilio", "12345")
        return str(source.secret)


def tell(client, secret, signed_at: float | None = None, sign: str | None = None, body: bytes | None = None, **said):
    sent = json.dumps({"id": "1", "from": MIA, "to": DESK, **said}).encode() if body is None else body
    stamp = str(int(signed_at or time.time()))
    headers = {"X-Rapport-Timestamp": stamp, "X-Rapport-Signature": sign or pbx.signature(secret, stamp, sent)}
    return client.post("/acme/phone/calls", data=sent, headers=headers, content_type="application/json")


def tell_twilio(client, token="12345", query="", **said):
    sent = {"CallSid": "CA1", "From": MIA, "To": DESK, "Direction": "inbound", **said}
    signed = twilio.signature(token, f"http://localhost/acme/phone/twilio{query}", {n: [v] for n, v in sent.items()})
    return client.post(f"/acme/phone/twilio{query}", data=sent, headers={"X-Twilio-Signature": signed})


def calls() -> list[tuple]:
    with make.inside():
        found = db.session.scalars(db.select(Call).order_by(Call.id)).all()
        return [(one.state, one.outcome, one.seconds, one.employee and one.employee.name) for one in found]


def tasks(**by) -> list[Task]:
    with make.inside():
        found = list(db.session.scalars(db.select(Task).filter_by(**by).order_by(Task.id)).all())
        assert all(task.customer and (task.owner or True) for task in found)
        return found


def test_the_signatures_are_those_that_others_make():
    """Twilio's own example, https://www.twilio.com/docs/usage/security; and openssl's HMAC of `1763730000.{}`."""
    sent = {"CallSid": "CA1234567890ABCDE", "Caller": "+12349013030", "Digits": "1234", "From": "+12349013030",
            "To": "+18005551212"}  # fmt: skip
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert (
        twilio.signature("12345", url, {name: [value] for name, value in sent.items()})
        == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
    )


def test_what_is_not_signed_or_old_changes_nothing(stranger, secret, carla):
    said = {"state": "ringing"}
    good = tell(stranger, secret, **said)
    assert good.status_code == 200 and len(calls()) == 1
    refused = [
        tell(stranger, "wrong", id="2", **said), tell(stranger, secret, id="2", sign="v1=", **said),
        tell(stranger, secret, id="2", signed_at=time.time() - 301, **said),
        tell(stranger, secret, id="2", signed_at=time.time() + 400, **said),
        tell_twilio(stranger, "54321", CallStatus="ringing"),
        stranger.post("/acme/phone/calls", json={"id": "2", **said}), stranger.post("/acme/phone/twilio", data={"CallSid": "2"}),
        stranger.post("/globex/phone/calls", json={"id": "2", **said}), stranger.post("/globex/phone/twilio", data={"CallSid": "2"}),
    ]  # fmt: skip
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert (
        tell(stranger, secret, body=b'{"id": "2", "state": "ringing", "from": "%s"}' % (b"1" * 20_000)).status_code
        == 413
    )
    for wrong in ({"state": "x"}, {"id": ""}, {"seconds": -1}, {"recording": "javascript:alert(1)"}, {"at": "today"}):
        assert tell(stranger, secret, **{"id": "2", **said, **wrong}).status_code == 422
    assert tell(stranger, secret, body=b"[").status_code in (400, 422) and len(calls()) == 1


STATES = (
    {"state": "ringing", "agent": "201"},
    {"state": "answered", "agent": "anna@acme.test"},
    {"state": "ended", "seconds": 61},
)


def test_a_call_is_one_call_in_whatever_order_and_however_often_it_is_told(client, stranger, secret):
    for number, order in enumerate(permutations(STATES), 1):
        for said in order:
            assert tell(stranger, secret, id=f"call {number}", **said).status_code == 200
        with make.inside():
            before = Call.find(external_id=f"call {number}").conversation.staff_position
        for said in order:  # a repeat moves nothing
            assert tell(stranger, secret, id=f"call {number}", **said).json["conversation"] == number
        with make.inside():
            assert Call.find(external_id=f"call {number}").conversation.staff_position == before
    assert calls() == [("ended", "answered", 61, "Anna")] * 6 and {task.done_at for task in tasks()} != {None}
    page = client.get("/acme/conversations/1").text
    assert page.count("Incoming call, answered by Anna") == 1 and "1:01" in page


def test_a_clock_that_runs_elsewhere_loses_no_call(client, stranger, secret):
    for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:00-12:00"):
        for state in ("ringing", "answered", "ended"):
            assert tell(stranger, secret, id=at, state=state, at=at).status_code == 200
    assert [call[:2] for call in calls()] == [("ended", "answered")] * 2
    assert client.get("/acme/conversations/2").status_code == 200


def test_a_ringing_call_is_shown_at_once_to_whom_it_rings_with(client, stranger, secret, pushed, anna):
    mia, lena = (
        make.customer("Mia Meier", phone=MIA),
        make.employee("Lena", "lead", department_id=make.department("Sales").id),
    )
    hers = make.browser(lena)
    card = f"/acme/customers/{mia.id}"
    tell(stranger, secret, state="ringing", to=OURS)
    assert "ringing" in pushed(topics.employee(anna.tenant_id, anna.id)) and "calls" in pushed(
        topics.inbox(anna.tenant_id)
    )
    assert "ringing" not in pushed(topics.employee(lena.tenant_id, lena.id))
    shown = client.get("/acme/calls/now").text
    assert card in shown and "is calling" in shown and card not in hers.get("/acme/calls/now").text
    tell(stranger, secret, state="answered", to=OURS)
    assert "on the phone" in client.get("/acme/calls/now").text
    tell(stranger, secret, state="ended", to=OURS, seconds=5)
    assert card not in client.get("/acme/calls/now").text


def test_a_call_to_a_department_rings_with_those_who_are_available_there(client, stranger, secret, pushed, anna):
    sales = make.employee("Lena", "lead", department_id=make.department("Sales").id)
    with make.inside():
        for person in (anna, sales):
            Presence(person_id=person.id, seen_at=now()).save()
    tell(stranger, secret, state="ringing")
    assert "ringing" in pushed(topics.employee(anna.tenant_id, anna.id))
    assert "ringing" not in pushed(topics.employee(sales.tenant_id, sales.id))
    assert "is calling" in client.get("/acme/calls/now").text
    assert "is calling" not in make.browser(sales).get("/acme/calls/now").text
    client.post("/acme/profile/availability", data={"availability": "away"})
    assert "is calling" not in client.get("/acme/calls/now").text


def test_twilio_tells_of_a_call_and_of_each_telephone_that_rings_for_it(stranger, secret):
    tell_twilio(stranger, CallStatus="ringing")
    tell_twilio(stranger, CallStatus="in-progress")  # a voice says: please wait
    assert calls() == [("answered", None, None, None)]
    leg = {"CallSid": "CA2", "ParentCallSid": "CA1", "Direction": "outbound-dial", "To": OURS}
    tell_twilio(stranger, CallStatus="ringing", **leg)
    assert calls() == [("ringing", None, None, "Anna")]
    tell_twilio(stranger, CallStatus="no-answer", **leg)
    tell_twilio(stranger, CallStatus="completed", CallDuration="30")
    assert calls() == [("ended", "missed", None, "Anna")] and len(tasks(done_at=None)) == 1
    tell_twilio(stranger, RecordingUrl="https://api.twilio.com/R1")
    assert calls()[0][1] == "voicemail" and len(tasks()) == 1
    with make.inside():
        assert Call.find(external_id="CA1").recording_url == "https://api.twilio.com/R1"


def test_twilio_answered_outgoing_withheld_and_by_a_longer_address(stranger, secret):
    tell_twilio(stranger, query="?x=1", CallStatus="completed", CallDuration="7", CallSid="CA3")
    tell_twilio(stranger, CallStatus="busy", CallSid="CA4", Direction="outbound-api", From=OURS, To="+4930777")
    tell_twilio(stranger, CallStatus="no-answer", CallSid="CA5", From="+266696687")
    assert [call[:3] for call in calls()] == [
        ("ended", "answered", 7),
        ("ended", "busy", None),
        ("ended", "missed", None),
    ]
    assert tasks() == []  # nobody can call back a number that was withheld, and we called ourselves
    page = make.browser(make.anna()).get("/acme/inbox/all").text
    assert "Withheld number" in page


def test_a_missed_call_waits_to_be_returned_until_somebody_talks_with_them(client, stranger, secret, anna):
    tell(stranger, secret, state="ringing", agent="201")
    tell(stranger, secret, state="ended")
    [task] = tasks()
    assert (task.owner_id, task.number, task.reason) == (anna.id, MIA, "missed") and task.due_at < now() + timedelta(
        hours=2
    )
    assert "Missed call" in client.get("/acme/inbox/mine").text or "30 901820" in client.get("/acme/inbox/mine").text
    for path in (
        "tasks",
        "tasks/list?view=all",
        f"customers/{task.customer_id}",
        "conversations/1",
        "conversations/1/panel",
    ):
        assert "Call back" in client.get(f"/acme/{path}").text, path
    assert 'id="badge-tasks" class="count" >1<' in client.get("/acme/calls/now").text
    tell(stranger, secret, id="2", state="ended", seconds=20, agent="201")
    assert tasks()[0].done_at is not None and "Call back" not in client.get("/acme/tasks").text
    assert "30 901820" in client.get("/acme/tasks?view=done").text
    assert "30 901820" not in client.get("/acme/inbox/mine").text


def test_calls_to_make_are_taken_handed_on_and_done_each_once(client, stranger, secret, anna):
    lena = make.employee("Lena", "agent")
    hers = make.browser(lena)
    for number in ("1", "2"):
        tell(stranger, secret, id=number, state="ended", **{"from": f"+493090182{number}"})
    first, second = tasks(owner_id=None)
    assert client.post(f"/acme/tasks/{first.id}/taking?view=mine").location.endswith("/tasks?view=mine")
    assert hers.post(f"/acme/tasks/{first.id}/taking").status_code == 409
    assert str(first.id) not in hers.get("/acme/tasks").text and str(second.id) in hers.get("/acme/tasks").text
    client.post(f"/acme/tasks/{first.id}/owner", data={"owner_id": str(lena.id)})
    client.post(f"/acme/tasks/{second.id}/due", data={"due_at": "2030-01-02T10:00"})
    assert 'value="2030-01-02T10:00"' in hers.get("/acme/tasks").text
    for _ in range(2):
        assert hers.post(f"/acme/tasks/{first.id}/completion", data={"note": "Wants a tent"}).status_code == 303
    [done] = tasks(done_by_id=lena.id)
    assert (done.id, done.note) == (first.id, "Wants a tent")
    assert client.post(f"/acme/tasks/{first.id}/taking").status_code == 409
    assert (
        "badge-closed" in client.get("/acme/conversations/1").text
        or 'data-state="closed"' in client.get("/acme/conversations/1").text
    )
    form = client.get(f"/acme/calls/new?to=call&customer={second.customer_id}&number=%2B4930901822").text
    assert 'value="+49 30 901822"' in form and '<option value="out" selected>' in form
