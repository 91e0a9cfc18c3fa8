"""The page of kept mails: what was sent, for this machine alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from crm import create_app
from crm.config import Config
from tests.conftest import replaced

MAIL = """\
Delivered-To: greta@example.com
From: Acme <rapport@localhost>
To: greta@example.com
Subject: Your <b>invitation</b>
Content-Type: text/plain; charset="utf-8"

Open http://127.0.0.1:8000/acme/invitations/abc to join. <script>alert(1)</script>
"""
NAME = "1795235447687512626-4e6c801f"
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture
def sink(tmp_path: Path) -> Path:
    (tmp_path / f"{NAME}.eml").write_text(MAIL)
    return tmp_path


@pytest.fixture
def browser(config: Config, sink: Path) -> Iterator[FlaskClient]:
    yield create_app(replaced(config, mail_sink_dir=str(sink)), testing=True).test_client()


def test_a_kept_mail_is_listed_and_its_link_can_be_followed(browser):
    assert f'href="/mail/{NAME}">Your &lt;b&gt;invitation&lt;/b&gt;</a>' in browser.get("/mail").text
    page = browser.get(f"/mail/{NAME}").text
    assert '<a href="http://127.0.0.1:8000/acme/invitations/abc"' in page
    assert "<script>alert" not in page


def test_an_empty_mailbox_says_what_will_appear(browser, sink):
    (sink / f"{NAME}.eml").unlink()
    assert "Nothing was sent yet" in browser.get("/mail").text


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2fetc%2fpasswd", "%00", "*"])
def test_only_a_kept_mail_has_a_page(browser, name):
    assert browser.get(f"/mail/{name}").status_code == 404


def test_nobody_reads_the_mails_from_another_machine(browser):
    assert browser.get("/mail", environ_base=ELSEWHERE).status_code == 404
    assert browser.get(f"/mail/{NAME}", environ_base=ELSEWHERE).status_code == 404


def test_nobody_reads_the_mails_by_a_name_that_was_pointed_at_this_machine(browser):
    for name in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000"):
        for page in ("/mail", f"/mail/{NAME}"):
            assert browser.get(page, base_url=f"http://{name}").status_code == 404
    for name in ("localhost:8000", "127.0.0.1:8000", "[::1]:8000"):
        assert browser.get("/mail", base_url=f"http://{name}").status_code == 200


def test_there_is_no_mailbox_with_a_mail_server_or_a_public_address(config, sink):
    for other in ({"mail_sink_dir": ""}, {"public_url": "https://support.example.com"}):
        app = create_app(replaced(config, **{"mail_sink_dir": str(sink)} | other), testing=True)
        assert app.test_client().get("/mail", base_url=app.config["CRM"].public_url).status_code == 404
