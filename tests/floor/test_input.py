"""Bad input gets a status of its own, a sentence, and changes nothing: never a 5xx."""

import json
import time
import uuid
from base64 import urlsafe_b64encode

import pytest

from crm.web import Invalid, Unfit, checkbox, choice, choices, email, integer, text
from crm.web import uuid as uuid_kind
from tests import make
from tests.floor import walk

STRINGS = ["", " ", "x" * 10_001, "a\x00b", "\ud800", "\u202eabc", "\u200b" * 50, "e" + "\u0301" * 10_000, "x" * 200_000,
           "'; DROP TABLE people; --", "{{7*7}}", "%s%s%n", "../../etc/passwd", "<script>alert(1)</script>", "\r\nX: y",
           "9" * 5_000, "-1", "--5", "1e999", "NaN", "٣", "true", "null", "0x10", " 7 "]  # fmt: skip
ODD = [None, True, 0, -1, 2**31, 2**63, 2**64, 1e308, [], [[]], ["a"], {}, {"a": {}}, *STRINGS]
KINDS = {"text": text(), "line": text(lines=False), "uuid": uuid_kind(), "integer": integer(0, 9), "choice": choice("a"),
         "choices": choices("a", "b"), "checkbox": checkbox(), "email": email(),
         "no uuid": uuid_kind(optional=True), "no number": integer(0, 9, optional=True)}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_takes_or_refuses_whatever_comes(app, kind):
    with app.test_request_context():
        for value in ODD:
            try:
                KINDS[kind](value)
            except Unfit as refusal:
                assert str(refusal), value


def test_numbers_are_read_as_people_write_them(app):
    with app.test_request_context():
        assert [integer(-5, 9)(value) for value in ("7", " 7 ", "-5", "٣", 7)] == [7, 7, -5, 3, 7]
        for value in ("--5", "5-", "-", "", "1.0", "1e1", "+ 1", True, 1.0, "10"):
            with pytest.raises(Unfit):
                integer(-5, 9)(value)


@pytest.fixture
def talk(client, anna):
    return f"/acme/conversations/{make.conversation(assignee=anna).number}"


BODIES = {
    "no JSON": b"{", "a list": b"[]", "a text": b'"x"', "nothing": b"", "null": b"null", "deep": b"[" * 100_000,
    "deep object": b'{"a":' * 50_000, "twice": b'{"body": "a", "body": ["b"]}', "NaN": b'{"body": NaN}',
    "infinite": b'{"body": 1e999}', "long number": b'{"body": ' + b"9" * 10_000 + b"}", "not UTF-8": b'{"body": "\xff"}',
    "surrogate": b'{"body": "\\ud800"}', "NUL": b'{"body": "\\u0000"}', "array": b'{"body": ["a"], "client_id": ["b"]}',
}  # fmt: skip


@pytest.mark.parametrize("what", BODIES)
def test_a_strange_body_is_refused(client, talk, what):
    answer = client.post(f"{talk}/messages", data=BODIES[what], content_type="application/json")
    assert answer.status_code in (400, 422) and answer.json["error"]["sentence"]


def test_a_doubled_field_is_refused(client, talk):
    """An array where one value is meant (GitLab CVE-2023-7028)."""
    answer = client.post(f"{talk}/messages", data={**make.message_form(), "body": ["one", "two"]})
    assert answer.status_code == 422
    for path in ("/acme/sign-in", "/acme/forgotten-password", "/acme/help/sign-in/link"):
        fields = {"email": ["anna@example.com", "eve@example.com"], "password": "x"}
        assert client.application.test_client().post(path, data=fields).status_code == 422, path


@pytest.mark.parametrize("separator", ["&", "=&", "a=1&"])
def test_millions_of_fields_cost_nothing(client, talk, separator):
    began = time.process_time()
    answer = client.post(f"{talk}/messages", data=separator * (20 * 1024 * 1024 // len(separator)),
                         content_type="application/x-www-form-urlencoded")  # fmt: skip
    assert answer.status_code == 413 and time.process_time() - began < 2


def test_thousands_of_parts_are_refused(client, talk):
    parts = {f"field{n}": "x" for n in range(1_000)}
    answer = client.post(f"{talk}/messages", data=parts, content_type="multipart/form-data")
    assert answer.status_code == 413
    for body in (b"", b"--x", b"--x\r\n", b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\nnever ends'):
        answer = client.post(f"{talk}/messages", data=body, content_type="multipart/form-data; boundary=x")
        assert answer.status_code in (400, 422)
    answer = client.post(f"{talk}/messages", data=b"--", content_type="multipart/form-data")
    assert answer.status_code in (400, 422)


def cursor(*values: str) -> str:
    return urlsafe_b64encode("\x1f".join(values).encode()).decode().rstrip("=")


ID, TIME = f"u{uuid.uuid4()}", "t2026-01-01T00:00:00+00:00"
CURSORS = ["x", "", "=", "é", "%00", cursor("t"), cursor(TIME), cursor(ID, ID), cursor("sx", "sx"), cursor(TIME, TIME),
           cursor("t0001-01-01T00:00:00", ID), cursor("t9999-12-31T23:59:59-12:00", ID), cursor("s\x00", ID), cursor(TIME, ID, ID),
           cursor("t9999-12-31T23:59:59.999999-23:59", ID), cursor("t0001-01-01T00:00:00+23:59", ID),
           cursor("s\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), ID), "A" * 100_000]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/acme/inbox/all", "/acme/inbox/queue/list", "/acme/customers", "/acme/employees", "/acme/follow-ups"]
)
def test_a_forged_cursor_is_refused(boris, path):
    admin = make.browser(boris)
    for after in CURSORS:
        answer = admin.get(path, query_string={"after": after})
        assert answer.status_code in (200, 422), (path, after[:60], answer.status_code)
    assert admin.get(path, query_string={"after": cursor(ID, ID)}).status_code == 422


NUMBERS = ["0", "00", "2147483647", "2147483648", "9" * 30, "9" * 5_000, "-1", "1.0", "1e3", "٣", "%00", "%ff", "1%0a"]


def test_any_number_in_an_address_finds_something_or_nothing(app, client):
    rules = [address.path for address in walk.addresses(app, [uuid.uuid4()], [77777], [""]) if "77777" in address.path
             and address.side == "tenant" and not address.socket]  # fmt: skip
    for rule in sorted(set(rules)):
        for number in NUMBERS:
            for method in ("GET", "POST"):
                answer = client.open("/acme" + rule.replace("77777", number), method=method)
                assert answer.status_code < 500, (rule, number)
                assert answer.status_code != 200 or "/messages/" not in rule


def test_positions_beyond_every_number_are_refused(client, talk):
    for value in (-1, 2**31, 2**63, "x", ""):
        assert client.get(f"{talk}/changes?after={value}").status_code == 422
        assert client.get(f"{talk}/earlier?before={value}").status_code == 422
        assert client.post(f"{talk}/reading", data={"seq": value}).status_code == 422
    assert client.post(f"{talk}/reading", data={"seq": 2**31 - 1}).status_code == 204


PATHS = ["/%00", "/acme/%00", "/w/%00/frame", "/w/wk_%00/session", "/acme/inbox/%00", "/acme/invitations/%00", "/acme/ratings/%00",
         "/w/%ff/frame", "/%ff/inbox", "/acme/%2e%2e/%2e%2e/etc/passwd", "//acme/inbox", "/acme//inbox", "/acme;x/inbox",
         "/acme/inbox;x=1", "/static/%2e%2e/crm/config.py", "/static/..%2fcrm/config.py", "/static/%00", "/acme/" + "x" * 5_000,
         "/" + "a" * 41, "/acme/attachments/x", "/acme/help/links/%00", "/acme/reset-password/%ff%00"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_strange_address_is_not_found(stranger, path):
    make.tenant()
    answer = stranger.get(path)
    assert answer.status_code in (301, 302, 303, 308, 404, 405, 410), answer.status_code
    assert b"class Config" not in answer.data
    if answer.status_code in (301, 302, 303, 308):
        assert answer.location.startswith(("/acme/", "http://localhost/"))


def test_other_methods_are_answered_and_do_nothing(client, talk):
    for method in ("HEAD", "OPTIONS"):
        assert client.open(talk, method=method).status_code == 200
    for method in ("TRACE", "CONNECT", "PROPFIND", "FOO"):
        assert client.open(talk, method=method).status_code == 405
    answer = client.post(f"{talk}", data={"_method": "DELETE"}, headers={"X-HTTP-Method-Override": "DELETE"})
    assert answer.status_code == 405


HEADERS = [("Cookie", "rapport=" + "x" * 16_000), ("Cookie", "rapport=\x00"), ("Cookie", "rapport=e30.x.y; rapport=again"),
           ("Accept-Language", "xx-" * 2_000), ("Accept-Language", "de;q=nan,*;q=2"), ("Accept", "*/*;q=x"), ("Host", "evil.example"),
           ("Range", "bytes=9-1"), ("If-Modified-Since", "yesterday"), ("Content-Type", "text/\x00"), ("User-Agent", "\u00ff" * 2_000),
           ("X-Forwarded-For", "1.2.3.4, evil"), ("X-Forwarded-Host", "evil.example"), ("Authorization", "Bearer " + "x" * 9_000),
           ("HX-Request", "true"), ("HX-Current-URL", "javascript:alert(1)"), ("Origin", "null"), ("Content-Encoding", "gzip")]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), HEADERS, ids=lambda one: one[:20].encode("unicode_escape").decode())
def test_a_strange_header_breaks_nothing(client, stranger, talk, name, value):
    key = make.tenant().widget_key
    for browser in (client, stranger):
        for path in (talk, "/acme/sign-in", "/acme/help/sign-in", "/start"):
            answer = browser.get(path, headers={name: value})
            assert answer.status_code < 500 and "evil.example" not in answer.text
        assert browser.post(f"{talk}/messages", data=make.message_form(), headers={name: value}).status_code < 500
        assert browser.get(f"/w/{key}/home", headers={name: value}).status_code < 500


def test_mailed_links_never_follow_the_host_header(app, stranger):
    from sqlalchemy import select

    from crm.db import db
    from crm.mail import Mail

    make.tenant()
    stranger.post("/acme/help/sign-in/link", data={"email": "mia@example.com"}, headers={"Host": "evil.example"})
    with make.inside():
        mail = db.session.scalars(select(Mail)).one()
        assert "http://localhost/acme/help/links/" in mail.body and "evil.example" not in mail.body + mail.html


def test_what_does_not_fit_says_so_for_every_field_at_once(app):
    with app.test_request_context(method="POST", data=json.dumps({"a": "", "b": "x"}), content_type="application/json"):
        from crm.web import read

        with pytest.raises(Invalid) as refusal:
            read(a=text(), b=integer(1, 5), c=uuid_kind())
        assert set(refusal.value.errors) == {"a", "b", "c"}
