"""Everybody chooses what they are told, how, and when not; a mail tells what was not seen, all of it, once."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from crm.accounts.models import Employee
from crm.db import db
from crm.mail import Mail
from crm.notifications.wishes import Wishes
from tests import make

from .steps import hours_around_now, kinds, later, mails, relayed, told


def sent() -> list[Mail]:
    with make.inside():
        return [
            mail for mail in db.session.scalars(select(Mail).order_by(Mail.id)) if mail.key.startswith("notifications:")
        ]


def mention(client, *bodies: str) -> None:
    conversation = make.conversation()
    for body in bodies:
        client.post(f"/acme/conversations/{conversation.number}/messages", data=make.message_form(body, "note"))
    relayed()


def choose(browser, **chosen):
    wanted = {way: ["assigned", "mentioned", "answered"] for way in ("app", "mail", "sound")}
    return browser.post("/acme/notifications/preferences", data={**wanted, "quiet_from": "", "quiet_to": "", **chosen})


def test_what_was_not_seen_for_ten_minutes_goes_out_as_one_mail_in_the_readers_language(client, boris):
    with make.inside():
        Employee.find(id=boris.id).language = "de"
    mention(client, "@Boris one", "@Boris two")
    mention(client, "@Boris three")
    mails()
    assert sent() == []
    later(minutes=10)
    mails()
    later(minutes=11)
    mails()
    [mail] = sent()
    assert (mail.recipient, mail.subject) == ("boris@acme.test", "3 Dinge warten auf Sie")
    assert "2-mal" in mail.body and "one" in mail.body and "two" in mail.body and "three" in mail.body
    assert mail.body.count("/acme/conversations/1\n") == 1 and "/acme/conversations/2\n" in mail.body


def test_nothing_that_was_seen_is_mailed(client, boris):
    mention(client, "@Boris one")
    his = make.browser(boris)
    his.post("/acme/conversations/1/reading", data={"seq": 99})
    later(minutes=10)
    mails()
    assert sent() == [] and told(boris)[0].seen_at is not None


def test_a_kind_comes_by_the_ways_that_were_chosen(client, boris):
    his = make.browser(boris)
    assert choose(his, app=["assigned"], mail=["mentioned"], sound=["mentioned"]).status_code == 303
    page = his.get("/acme/notifications/preferences").text
    assert 'name="mail" value="mentioned" checked' in page and 'name="app" value="mentioned" >' in page
    assert 'data-silent="assigned message' in page
    mention(client, "@Boris one")
    assert [(one.shown, one.mail_due_at is None) for one in told(boris)] == [(False, False)]
    choose(his, app=["assigned"], mail=["assigned"])
    mention(client, "@Boris two")
    assert kinds(boris) == ["mentioned"]


@pytest.mark.parametrize(("zone", "hour", "quiet"), [("Europe/Berlin", 20, True), ("Europe/Berlin", 19, False), ("UTC", 20, False),
                                                     ("America/New_York", 10, True)])  # fmt: skip
def test_quiet_hours_go_by_ones_own_clock_and_over_midnight(app, zone, hour, quiet):
    """From 21:00 to 06:00; the hour is UTC, in winter."""
    lena = make.employee("Lena", time_zone=zone, preferences={"notifications": {"quiet": ["21:00", "06:00"]}})
    with make.inside():
        assert Wishes(lena).is_quiet(datetime(2026, 1, 15, hour, 30, tzinfo=UTC)) is quiet


def test_a_mail_waits_for_the_end_of_quiet_hours(client, boris):
    his = make.browser(boris)
    begin, end = hours_around_now()
    assert choose(his, quiet_from=begin, quiet_to=end).status_code == 303
    mention(client, "@Boris one")
    later(minutes=10)
    mails()
    assert sent() == []
    for wrong in (
        {"quiet_from": "20:00"},
        {"quiet_from": "8", "quiet_to": "9"},
        {"quiet_from": "20:00", "quiet_to": "20:00"},
    ):
        assert choose(his, **wrong).status_code == 422
    choose(his)
    mails()
    assert len(sent()) == 1
