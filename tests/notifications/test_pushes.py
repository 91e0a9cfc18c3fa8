"""What is pushed to browsers: encrypted for the one, signed by the workspace, not what was seen, and only to who may be reached."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from crm.accounts.models import Employee
from crm.db import db, now
from crm.events import Outbox
from crm.notifications import pushes
from crm.notifications.models import Device, Notification, Push
from tests import make
from tests.conftest import replaced

from .push_service import Browser, push_service, signed_by
from .steps import hours_around_now, relayed, told


@pytest.fixture
def service(app, monkeypatch):
    """Loopback is a private network: who runs the server has allowed it."""
    monkeypatch.setitem(app.config, "CRM", replaced(app.config["CRM"], push_private_hosts=True))
    with push_service() as running:
        yield running


def subscribed(person, service, path="/for/him") -> tuple[Browser, object]:
    """(the browser, as which they are signed in)."""
    browser, client = Browser(), make.browser(person)
    answer = client.post("/acme/notifications/devices", data=browser.subscription(service.root + path))
    assert answer.status_code == 204
    return browser, client


def mention(client, body="@Boris: can you look?"):
    conversation = make.conversation()
    client.post(f"/acme/conversations/{conversation.number}/messages", data=make.message_form(body, "note"))
    relayed()
    return conversation


def push_all(times=1) -> None:
    """What the worker does with everything that waits, however often."""
    for _ in range(times):
        with make.inside():
            waiting = db.session.scalars(select(Push.id)).all()
        for one in waiting:
            with make.inside():
                pushes.push.work(str(one))


def later(minutes: int) -> None:
    with make.inside():
        moved = timedelta(minutes=minutes)
        db.session.execute(update(Push).values(due=Push.due - moved, created_at=Push.created_at - moved))


def devices() -> list[Device]:
    with make.inside():
        return list(db.session.scalars(select(Device)).all())


def left() -> int:
    with make.inside():
        return len(db.session.scalars(select(Push.id)).all())


def test_a_browser_alone_can_read_what_is_pushed_to_it_and_its_service_knows_who_sends(client, boris, service):
    with make.inside():
        Employee.find(id=boris.id).language = "de"
    browser, his = subscribed(boris, service)
    began = now()
    mention(client, "@Boris: the code is 4711")
    with make.inside():
        waits = db.session.scalars(select(Outbox.due).order_by(Outbox.due.desc()).limit(1)).one()
    assert waits > began + timedelta(seconds=5)  # who sits before a page sees it there first
    push_all(times=2)
    [(path, headers, body)] = service.heard
    told_there = browser.read(body)
    assert told_there == {"title": "Anna hat Sie in einer Notiz genannt", "body": "Mia Meier #1",
                          "path": "/conversations/1", "tag": "/conversations/1"}  # fmt: skip
    assert path == "/for/him" and b"4711" not in body and headers["Content-Encoding"] == "aes128gcm"
    key, about = signed_by(headers["Authorization"])
    assert key == his.get("/acme/notifications/devices/key").text and about["aud"] == service.root
    assert 0 < about["exp"] - now().timestamp() <= 24 * 3600 and about["sub"] == "mailto:rapport@localhost"
    assert left() == 0 and told(boris)[0].pushed_at and devices()[0].last_success_at


def test_nothing_is_pushed_that_was_seen_or_in_quiet_hours_or_where_one_has_signed_out(client, boris, service):
    _browser, his = subscribed(boris, service)
    conversation = mention(client)
    his.post(f"/acme/conversations/{conversation.number}/reading", data={"seq": 99})
    push_all()
    mention(client)
    his.post("/acme/notifications/sight")
    push_all()
    mention(client)
    his.post("/acme/sign-out")
    push_all()
    _browser, his = subscribed(boris, service)
    assert "Nothing was pushed yet" in his.get("/acme/notifications/preferences").text
    with make.inside():
        Employee.find(id=boris.id).prefer(notifications={"quiet": [*hours_around_now()]})
    mention(client)
    with make.inside():
        Employee.find(id=boris.id).prefer(notifications={"without": {"push": ["mentioned"]}})
    mention(client)
    assert (service.heard, left()) == ([], 0)


def test_a_service_that_asks_for_patience_gets_it_and_one_that_knows_nobody_is_forgotten(client, boris, service):
    subscribed(boris, service)
    service.answers = [(429, {"Retry-After": "600"}), (503, {}), (201, {})]
    mention(client)
    push_all(times=2)
    assert len(service.heard) == 1 and devices()[0].error == "HTTP 429"
    later(minutes=5)
    push_all()
    assert len(service.heard) == 1
    later(minutes=6)
    push_all(times=2)
    later(minutes=5)
    push_all()
    assert (len(service.heard), left(), devices()[0].failures) == (3, 0, 0)
    service.answers = [(410, {})]
    mention(client)
    push_all(times=2)
    assert (len(service.heard), left(), devices()) == (4, 0, [])


def test_a_redirect_is_not_followed_and_what_cannot_be_reached_is_given_up(client, boris, service):
    subscribed(boris, service)
    service.answers = [(307, {"Location": service.root + "/elsewhere"})]
    mention(client)
    push_all(times=2)
    assert [path for path, *_ in service.heard] == ["/for/him"] and left() == 0
    with make.inside():
        db.session.execute(update(Device).values(endpoint="http://127.0.0.1:1/", failures=9))
    mention(client)
    push_all()
    assert devices()[0].failures == 10 and left() == 1
    with make.inside():
        db.session.execute(update(Device).values(created_at=now() - timedelta(days=4)))
    later(minutes=2)
    push_all()
    assert (devices(), left()) == ([], 0)


HOSTILE = ["http://push.example.com/x", "https://push.example.com:8443/x", "https://me@push.example.com/x", "ftp://x.test/",
           "https:///x", "//push.example.com/x", "https://push.example.com:x/", "https://push.exämple.com/",
           "https://push.example.com/" + "x" * 1000, "http://127.0.0.1/", "https://[::1", "https://[::ffff:10.0.0.1]/", ""]  # fmt: skip


def test_no_other_server_is_reached_by_a_subscription(client, boris):
    browser, his = Browser(), make.browser(boris)
    fits = browser.subscription("https://push.example.com/x")
    for endpoint in HOSTILE:
        assert his.post("/acme/notifications/devices", data={**fits, "endpoint": endpoint}).status_code == 422, endpoint
    for wrong in ({"p256dh": "AAAA"}, {"p256dh": fits["p256dh"][:-6] + "AAAAAA"}, {"auth": "AAAA"}, {"auth": "!" * 22}):
        assert his.post("/acme/notifications/devices", data={**fits, **wrong}).status_code == 422, wrong
    inward = ["https://127.0.0.1/", "https://2130706433/", "https://0x7f.1/", "https://10.0.0.8/", "https://localhost/",
              "https://169.254.169.254/latest"]  # fmt: skip
    for endpoint in inward:
        assert his.post("/acme/notifications/devices", data={**fits, "endpoint": endpoint}).status_code == 422, endpoint
    assert his.post("/acme/notifications/devices", data=fits).status_code == 204
    with make.inside():  # whose name led elsewhere when it was looked up
        db.session.execute(update(Device).values(endpoint=inward[0]))
    mention(client)
    push_all()
    assert [(one.failures, one.error) for one in devices()] == [(1, "It stands in a private network.")]
    with make.inside():
        assert {one.pushed_at for one in db.session.scalars(select(Notification))} == {None}


def test_a_browser_is_of_one_person_who_takes_it_away_again(client, anna, boris):
    browser, hers, his = Browser(), make.browser(anna), make.browser(boris)
    keys = browser.subscription("https://push.example.com/x")
    for who in (hers, his):
        assert who.post("/acme/notifications/devices", data=keys).status_code == 204
    [device] = devices()
    assert device.person_id == boris.id
    assert hers.post(f"/acme/notifications/devices/{device.id}/removal").status_code == 404
    assert "This one" in his.get("/acme/notifications/preferences").text
    assert his.post(f"/acme/notifications/devices/{device.id}/removal").status_code == 303
    assert devices() == [] and 'id="push-here"' in his.get("/acme/notifications/preferences").text
    script = his.get("/acme/sw.js")
    assert script.mimetype == "text/javascript" and script.headers["Cache-Control"] == "private, no-cache"
