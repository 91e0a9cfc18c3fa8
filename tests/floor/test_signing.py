"""What was signed while a clock was wrong is still good when it is right again."""

import time

import pytest
from itsdangerous import SignatureExpired, TimestampSigner

from crm.signing import PatientSigner
from tests import make

HOUR, DAY = 3600, 24 * 3600


@pytest.fixture
def clock(monkeypatch):
    """`clock(seconds)`: what is signed or read from now on meets a clock that is so far off."""

    def set_off(seconds):
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: int(time.time()) + seconds)

    return set_off


@pytest.mark.parametrize(("off", "status"), [(3 * HOUR, 200), (1, 200), (-3 * HOUR, 200), (-32 * DAY, 302)])
def test_an_employee_stays_signed_in_when_the_clock_is_put_right(anna, clock, off, status):
    clock(off)
    browser = make.browser(anna)
    clock(0)
    assert browser.get("/acme/profile").status_code == status


def test_a_message_is_taken_from_a_page_that_was_opened_while_the_clock_was_ahead(anna, clock):
    clock(3 * HOUR)
    browser, conversation = make.browser(anna), make.conversation(assignee=anna)
    clock(0)
    answer = browser.post(f"/acme/conversations/{conversation.number}/messages", data=make.message_form())
    assert answer.status_code == 201


def test_what_is_too_old_is_refused(clock):
    signer = PatientSigner("secret", salt="test")
    signed = signer.sign("something")
    assert signer.unsign(signed, max_age=HOUR) == b"something"
    clock(HOUR + 5)
    with pytest.raises(SignatureExpired):
        signer.unsign(signed, max_age=HOUR)
