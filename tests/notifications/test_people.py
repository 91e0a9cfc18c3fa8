"""Whoever had a person erased, or all about them put together, is told how it ended, and never of whom."""

import json

import pytest
from sqlalchemy import delete, select

from crm.customers.erasing.jobs import erase_person, finish_erasure
from crm.customers.handing_out.jobs import put_together
from crm.customers.models import Customer, Erasure, PersonExport
from crm.customers.models.errand import TRIES
from crm.db import db
from crm.events import Event, Outbox
from crm.mail import Mail
from tests import make

from .steps import later, mails, told
from .test_notifications import number

pytestmark = pytest.mark.committed


@pytest.fixture
def olivia(app):
    return make.employee("Olivia", "owner")


@pytest.fixture
def xenia(app):
    return make.customer("Xenia Wolf", email="xenia@example.com")


def asked_to_erase(browser, person) -> str:
    return str(browser.post(f"/acme/customers/{person.id}/erasure", data={"name": person.name}).location)


def work(job, there: str) -> None:
    with make.inside():
        job.work(there.rpartition("/")[2])


def test_who_had_somebody_erased_hears_that_it_is_done_without_a_name(olivia, xenia):
    browser, other = make.browser(olivia), make.employee("Boris", "admin")
    there = asked_to_erase(browser, xenia)
    forget_the_queue()
    work(erase_person, there)
    [one] = told(olivia)
    work(finish_erasure, there)
    assert [one.id for one in told(olivia)] == [one.id] and told(other) == []
    lines = browser.get("/acme/notifications/latest").text
    assert "The erasure that you asked for is done: what stays calls them #" in lines and number(browser) == 1
    assert "Xenia" not in lines and "xenia" not in json.dumps(one.facts).lower()
    later(minutes=10)
    mails()
    with make.inside():
        [mail] = db.session.scalars(select(Mail).where(Mail.key.startswith("notifications:")))
    assert mail.recipient == olivia.email and "Xenia" not in mail.subject + mail.body + (mail.html or "")
    assert browser.post(f"/acme/notifications/{one.id}/opening").location == there
    browser.post("/acme/notifications/visits", data={"at": there.removeprefix("/acme")})
    assert number(browser) == 0


def test_who_had_somebody_erased_hears_that_it_failed(olivia, xenia):
    browser = make.browser(olivia)
    there = asked_to_erase(browser, xenia)
    forget_the_queue()
    with make.inside():
        Erasure.first().tries = TRIES
    work(erase_person, there)
    [one] = told(olivia)
    assert one.facts["failed"] and "Xenia" not in json.dumps(one.facts)
    assert "could not be: see why" in browser.get("/acme/notifications/latest").text
    assert "Nothing was erased" in browser.get(there).text


def test_who_asked_for_everything_about_a_person_hears_that_it_is_ready_and_loses_the_line_with_the_person(
    olivia, xenia
):
    browser = make.browser(olivia)
    there = str(browser.post(f"/acme/customers/{xenia.id}/exports").location)
    forget_the_queue()
    work(put_together, there)
    [one] = told(olivia)
    assert "is ready: get it within a day" in browser.get("/acme/notifications/latest").text
    assert browser.post(f"/acme/notifications/{one.id}/opening").location == there
    with make.inside():
        PersonExport.first().end()
        failing = PersonExport.ask(Customer.locked(id=xenia.id), olivia)
        failing.tries = TRIES
    forget_the_queue()
    work(put_together, f"/{failing.id}")
    assert [one.facts["failed"] for one in told(olivia)] == [False, True]
    assert "could not be put together: see why" in browser.get("/acme/notifications/latest").text
    there = asked_to_erase(browser, xenia)
    forget_the_queue()
    work(erase_person, there)
    assert [one.kind for one in told(olivia)] == ["erased"], "nothing leads to what went with the person"
    with make.inside():
        assert {one.name for one in db.session.scalars(select(Event))} >= {"person_export.failed", "customer.erased"}


def forget_the_queue() -> None:
    """The test does what the worker does: nothing is handed over to it by Redis."""
    with make.inside():
        db.session.execute(delete(Outbox))
