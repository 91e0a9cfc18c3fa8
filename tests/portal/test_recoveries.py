"""After a poor rating was looked into, its customer is asked once whether it was made right."""

import pytest
from sqlalchemy import select

from crm.conversations.models import FollowUp
from crm.customers.models import Customer
from crm.db import db
from crm.mail import Mail
from crm.notifications.models import Notification
from crm.portal import recoveries
from tests import make
from tests.notifications.steps import relayed


@pytest.fixture
def lena(app):
    return make.browser(make.employee("Lena", "lead"))


def poor(email: str | None = "mia@example.com") -> FollowUp:
    rating = make.rating(1, "Rude", customer=make.customer("Mia Meier", claimed_email=email))
    return stored(rating_id=rating.id)


def stored(**by) -> FollowUp:
    with make.inside():
        return FollowUp.find(**by)


def finish(lena, follow_up) -> list[Mail]:
    assert lena.post(f"/acme/follow-ups/{follow_up.id}/completion").status_code == 302
    relayed()
    with make.inside():
        return [mail for mail in db.session.scalars(select(Mail)) if mail.key == f"follow_up:{follow_up.id}"]


def link(follow_up) -> str:
    with make.inside():
        return f"/acme/made-right/{recoveries.token_of(follow_up)}"


def test_the_customer_is_asked_once_and_what_was_made_right_is_counted(lena, stranger):
    follow_up = poor()
    [mail] = finish(lena, follow_up)
    here = link(follow_up)
    assert (mail.recipient, mail.subject) == ("mia@example.com", "Was it made right?") and here in mail.body
    assert stranger.get(here).status_code == 200 and stored(id=follow_up.id).answered_at is None
    assert stranger.post(here, data={"made_right": "maybe", "answer": "Kept"}).status_code == 422
    assert "glad" in stranger.post(here, data={"made_right": "yes", "answer": "Quick"}).text
    assert stranger.post(here, data={"made_right": "no"}).status_code == 409 and stored(id=follow_up.id).made_right
    page = lena.get("/acme/follow-ups").text
    assert "<dt>Made right, customers say</dt><dd>1</dd>" in page and "Quick" in page


def test_what_is_still_wrong_goes_on_for_its_owner_and_nobody_is_asked_again(lena, stranger):
    follow_up = poor()
    finish(lena, follow_up)
    stranger.post(link(follow_up), data={"made_right": "no", "answer": "Nobody called"})
    again = stored(id=follow_up.id)
    assert again.done_at is None and again.due_at > follow_up.due_at
    assert "Nobody called" in lena.get("/acme/follow-ups").text
    assert len(finish(lena, follow_up)) == 1
    told = lena.get("/acme/notifications/latest").text
    assert "Mia Meier says that it is still not right" in told


def test_nobody_is_asked_who_was_blocked_or_cannot_be_reached(lena, stranger):
    assert finish(lena, poor(email=None)) == []
    blocked = poor("spam@example.com")
    with make.inside():
        Customer.find(claimed_email="spam@example.com").block()
    assert finish(lena, blocked) == []
    assert stranger.get(link(blocked)).status_code == 410


def test_forged_and_foreign_links_open_nothing(stranger):
    good = link(poor())
    make.tenant("globex")
    for path in (good[:-3] + "AAA", "/acme/made-right/x", good.replace("/acme/", "/globex/")):
        assert stranger.get(path).status_code == stranger.post(path, data={"made_right": "yes"}).status_code == 404


def test_its_owner_and_its_day_can_be_changed_and_the_new_one_is_told(lena):
    follow_up, boris = poor(), make.employee("Boris", "admin")
    plan = {"owner_id": str(boris.id), "due_at": "2030-01-02T10:00"}
    assert lena.post(f"/acme/follow-ups/{follow_up.id}", data=plan).status_code == 303
    relayed()
    page = lena.get("/acme/follow-ups").text
    assert "Boris" in page and 'value="2030-01-02T10:00"' in page
    with make.inside():
        assert Notification.find(person_id=boris.id, kind="follow_up")
    assert lena.post(f"/acme/follow-ups/{follow_up.id}", data={**plan, "due_at": ""}).status_code == 422
