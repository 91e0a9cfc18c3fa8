"""Signing in and out."""

import os
import signal
from time import process_time

import pytest
from redis import Redis

from crm.accounts import passwords
from crm.accounts.models import Employee, Session
from crm.db import db, now
from tests import make
from tests.accounts.steps import errors_of
from tests.conftest import PATIENCE, wait_for_limits


def sign_in(client, email="anna@acme.test", password=make.PASSWORD, slug="acme", **more):
    return client.post(f"/{slug}/sign-in", data={"email": email, "password": password, **more})


def test_signing_in_leads_to_the_inbox(stranger, anna):
    assert sign_in(stranger).location == "/acme/inbox"
    assert stranger.get("/acme/profile").status_code == 200


def test_an_address_is_known_in_any_case(stranger, anna):
    assert sign_in(stranger, "  ANNA@Acme.Test ").status_code == 303


def test_signing_in_leads_back_to_where_one_wanted_to_go(stranger, anna):
    wanted = stranger.get("/acme/customers?q=mia").location
    assert sign_in(stranger, next="/customers?q=mia").location == "/acme/customers?q=mia"
    assert 'name="next" value="/customers?q=mia"' in make.state.app.test_client().get(wanted).text


@pytest.mark.parametrize(
    "target",
    [
        *(
            "https://evil.example",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "evil.example",
        ),
        *(
            "javascript:alert(1)",
            "/x\r\nSet-Cookie: a=b",
            "/x\ty",
            " /x",
            "/../globex/inbox",
            "/%2e%2e/globex",
            "/.%2e/globex",
            "@evil.example",
        ),
    ],
)
def test_open_redirect_after_signing_in(stranger, anna, target):
    assert sign_in(stranger, next=target).location == "/acme/inbox"


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("anna@acme.test", "wrong wrong wrong"),
        ("nobody@acme.test", make.PASSWORD),
        ("carla@globex.test", make.PASSWORD),
    ],
)
def test_account_enumeration_the_answer_is_the_same_for_everybody(stranger, anna, carla, email, password):
    response = sign_in(stranger, email, password)
    assert response.status_code == 422
    assert errors_of(response) == ["This e-mail address and password do not belong together. Check both."]
    assert f'value="{email}"' in response.text
    assert password not in response.text


def test_account_enumeration_by_time(stranger, monkeypatch):
    for name, careful in zip(("hasher", "NOBODY"), make.state.careful, strict=True):
        monkeypatch.setattr(passwords, name, careful)
    make.employee("Zoe", password_hash=passwords.hash_password("a good password"))

    def seconds(email):
        began = process_time()
        sign_in(stranger, email, "wrong wrong wrong")
        return process_time() - began

    each = [
        (seconds("zoe@acme.test"), seconds("nobody@acme.test")) for _ in range(5)
    ]  # in turns: others work here, too
    known, unknown = map(min, zip(*each, strict=True))
    assert 0.6 < unknown / known < 1.7 and known > 0.03, "and guessing costs something"


def test_somebody_deactivated_is_told_the_same(stranger, anna):
    with make.inside():
        Employee.find(id=anna.id).deactivated_at = now()
    assert errors_of(sign_in(stranger)) == ["This e-mail address and password do not belong together. Check both."]


def test_an_employee_without_a_password_cannot_sign_in_with_an_empty_one(stranger):
    make.employee("Zoe", password_hash=None)
    assert sign_in(stranger, "zoe@acme.test", "").status_code == 422


@pytest.mark.parametrize("field", ["email", "password"])
def test_an_array_for_a_scalar_is_refused(stranger, anna, field):
    data = {"email": "anna@acme.test", "password": make.PASSWORD, field: ["anna@acme.test", "boris@acme.test"]}
    assert stranger.post("/acme/sign-in", data=data).status_code == 422
    assert stranger.post("/acme/sign-in", json=data).status_code == 422


def test_a_session_begun_before_signing_in_does_not_survive_it(stranger, anna, boris):
    sign_in(stranger)
    first = stranger.get_cookie("rapport", path="/acme").value
    sign_in(stranger, "boris@acme.test")
    assert stranger.get_cookie("rapport", path="/acme").value != first
    assert "boris@acme.test" in stranger.get("/acme/profile").text


def test_one_tenants_cookie_opens_nothing_at_another(stranger, anna, carla):
    sign_in(stranger)
    cookie = stranger.get_cookie("rapport", path="/acme").value
    thief = make.state.app.test_client()
    thief.set_cookie("rapport", cookie, path="/globex")
    assert thief.get("/globex/profile").location.startswith("/globex/sign-in")


def test_signing_out_ends_the_session_in_the_database(stranger, anna):
    sign_in(stranger)
    cookie = stranger.get_cookie("rapport", path="/acme").value
    assert stranger.post("/acme/sign-out").location == "/acme/sign-in"
    stranger.set_cookie("rapport", cookie, path="/acme")
    assert stranger.get("/acme/profile").status_code == 302


def test_signing_out_by_a_link_does_nothing(client):
    assert client.get("/acme/sign-out").status_code == 405
    assert client.get("/acme/profile").status_code == 200


def test_the_key_itself_is_not_kept(stranger, anna):
    sign_in(stranger)
    with make.inside():
        row = db.session.query(Session).filter_by(person_id=anna.id).one()
        assert len(row.key_hash) == 64
        assert row.key_hash not in stranger.get_cookie("rapport", path="/acme").value


def test_guessing_at_one_account_is_limited_whoever_guesses(app, limited, anna, boris):
    def guess(n):
        data = {"email": "anna@acme.test", "password": "wrong"}
        address = {"REMOTE_ADDR": f"198.51.100.{n}"}
        return app.test_client().post("/acme/sign-in", data=data, environ_base=address).status_code

    answers = [guess(n) for n in range(12)]
    assert answers == [422] * 10 + [429] * 2
    assert sign_in(app.test_client(), "boris@acme.test").status_code == 303


def test_guessing_is_limited_while_redis_does_not_answer(app, limited, anna, servers):
    server = Redis.from_url(servers.redis_url).info("server")["process_id"]
    wait_for_limits(0.5)
    os.kill(server, signal.SIGSTOP)
    try:
        answers = [sign_in(app.test_client(), password="wrong").status_code for _ in range(12)]
    finally:
        os.kill(server, signal.SIGCONT)
        wait_for_limits(PATIENCE)
    assert answers == [422] * 10 + [429] * 2


def test_guessing_at_many_accounts_is_limited_by_address_and_forged_proxy_headers_do_not_help(app, limited, anna):
    def guess(n):
        data = {"email": f"somebody{n}@acme.test", "password": "wrong"}
        return (
            app.test_client()
            .post("/acme/sign-in", data=data, headers={"X-Forwarded-For": f"203.0.113.{n}"})
            .status_code
        )

    answers = [guess(n) for n in range(32)]
    assert set(answers[:30]) == {422}
    assert answers[30:] == [429, 429]


@pytest.mark.parametrize(
    "body", ["[" * 100_000, "[]", "null", '"x"', "{", '{"email": {"a": 1}}', '{"email": NaN}', '{"email": "\\ud800"}']
)
def test_a_hostile_body_is_answered_and_not_a_defect(limited, stranger, anna, body):
    for path in ("/acme/sign-in", "/acme/forgotten-password"):
        answer = stranger.post(path, data=body, content_type="application/json")
        assert answer.status_code in (400, 422)


def test_the_pages_of_strangers_are_limited(limited, stranger, anna):
    answers = [stranger.get("/acme/sign-in").status_code for _ in range(242)]
    assert answers[:240] == [200] * 240
    assert answers[240:] == [429, 429]


def test_looking_at_a_page_prolongs_the_cookie_and_what_is_sent_from_it_does_not_sign_it_again(client, anna):
    number = make.conversation(assignee=anna).number
    assert "rapport=" in client.get("/acme/profile").headers.get("Set-Cookie", "")
    sent = client.post(f"/acme/conversations/{number}/messages", data=make.message_form())
    assert sent.status_code == 201 and "Set-Cookie" not in sent.headers
