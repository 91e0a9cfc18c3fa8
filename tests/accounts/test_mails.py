"""Mails in trouble are shown to whoever keeps the workspace, and to nobody else."""

import pytest

from crm.mail import Mail, queue_mail
from tests import make

PATH = "/acme/settings/mails"


@pytest.fixture
def admin(boris):
    return make.browser(boris)


def queued(key: str, slug: str = "acme", **values) -> None:
    with make.inside(slug):
        queue_mail(key, f"{key}@example.com", "password_changed", "en", link="http://localhost/secret-link")
        for name, value in values.items():
            setattr(Mail.find(key=key), name, value)


def test_what_failed_came_back_is_uncertain_or_delayed_is_listed_with_the_reason(admin):
    queued("failed", state="failed", error="550 No such person")
    queued("unsure", state="uncertain", error="The connection ended; this mail may have arrived.")
    queued("later", tries=1, error="450 Come again")
    queued("back", state="bounced", error="552 Mailbox full")
    page = admin.get(PATH).text
    for words in ("back@example.com", "552 Mailbox full", "Came back"):
        assert words in page
    for words in ("failed@example.com", "550 No such person", "Not delivered", "unsure@example.com", "may have arrived",
                  "Perhaps delivered", "later@example.com", "Will be tried again"):  # fmt: skip
        assert words in page
    assert "secret-link" not in page


def test_what_went_out_or_waits_its_turn_is_not(admin):
    queued("sent", state="sent")
    queued("waiting")
    page = admin.get(PATH).text
    assert "Every mail went out" in page and "@example.com" not in page


def test_others_and_other_workspaces_do_not_see_it(admin, client):
    queued("foreign", slug="globex", state="failed")
    assert "foreign@example.com" not in admin.get(PATH).text
    assert client.get(PATH).status_code == 403


def test_a_long_list_goes_on(admin):
    for number in range(52):
        queued(f"no{number}", state="failed")
    first = admin.get(PATH).text
    assert first.count("@example.com") == 50 and "after=" in first
