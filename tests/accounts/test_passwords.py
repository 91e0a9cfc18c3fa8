"""A forgotten password, and the one-time links that are mailed."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from crm.accounts.models import Employee, Token, hashed
from crm.accounts.tokens import clear_old_keys
from crm.db import now
from tests import make
from tests.accounts.steps import NEW_PASSWORD, errors_of, link_in, mails, relay, reset_path, tokens


def shown(response):
    """A page without its nonce, which differs every time."""
    return re.sub(r'nonce="[^"]+"', "", response.text)


def sign_in(client, password):
    return client.post("/acme/sign-in", data={"email": "anna@acme.test", "password": password}).status_code


def test_a_mailed_link_sets_a_new_password(stranger, anna):
    path = reset_path(stranger)
    assert stranger.get(path).status_code == 200
    assert stranger.post(path, data={"password": NEW_PASSWORD}).location == "/acme/sign-in"
    assert sign_in(stranger, make.PASSWORD) == 422
    assert sign_in(stranger, NEW_PASSWORD) == 303


def test_every_session_ends_with_a_new_password(stranger, client, anna):
    assert client.get("/acme/profile").status_code == 200
    stranger.post(reset_path(stranger), data={"password": NEW_PASSWORD})
    assert client.get("/acme/profile").status_code == 302


def test_the_owner_of_the_mailbox_is_told(stranger, anna):
    stranger.post(reset_path(stranger), data={"password": NEW_PASSWORD})
    [told] = mails("password_changed")
    assert told.recipient == "anna@acme.test"
    assert link_in(told) == "http://localhost/acme/forgotten-password"


def test_a_link_works_once(stranger, anna):
    path = reset_path(stranger)
    stranger.post(path, data={"password": NEW_PASSWORD})
    again = stranger.post(path, data={"password": "another long sentence"})
    assert again.status_code == 410
    assert "no longer works" in again.text
    assert sign_in(stranger, NEW_PASSWORD) == 303


def test_a_mail_scanner_that_opens_the_link_changes_nothing(stranger, anna):
    path = reset_path(stranger)
    for _ in range(3):
        assert stranger.get(path).status_code == 200
        stranger.head(path)
    assert stranger.post(path, data={"password": NEW_PASSWORD}).status_code == 303


def test_a_link_runs_out_after_an_hour(stranger, anna):
    path = reset_path(stranger)
    with make.inside():
        token = Token.first(purpose="password_reset")
        assert timedelta(minutes=59) < token.expires_at - now() <= timedelta(hours=1)
        token.expires_at = now() - timedelta(seconds=1)
    assert stranger.get(path).status_code == 410
    assert stranger.post(path, data={"password": NEW_PASSWORD}).status_code == 410
    assert sign_in(stranger, make.PASSWORD) == 303


def test_asking_again_makes_the_link_before_useless(stranger, anna):
    first, second = reset_path(stranger), reset_path(stranger)
    assert first != second
    assert stranger.get(first).status_code == 410
    assert stranger.get(second).status_code == 200


def test_blank_and_guessed_keys_open_nothing(stranger, anna):
    reset_path(stranger)
    [token] = tokens("password_reset")
    for key in ("%20", "null", "0", "None", token.key_hash, str(token.id), "%00", "a" * 5000):
        assert stranger.get(f"/acme/reset-password/{key}").status_code == 410
        assert stranger.post(f"/acme/reset-password/{key}", data={"password": NEW_PASSWORD}).status_code == 410
    assert stranger.get("/acme/reset-password/").status_code == 404


def test_keys_are_long_random_and_kept_only_as_a_hash(stranger, anna):
    key = reset_path(stranger).rsplit("/", 1)[1]
    assert len(key) == 43
    [token] = tokens("password_reset")
    assert token.key_hash == hashed(key)
    assert key not in str(vars(token))


def test_a_key_for_one_purpose_serves_no_other(stranger, anna):
    key = reset_path(stranger).rsplit("/", 1)[1]
    assert stranger.get(f"/acme/invitations/{key}").status_code == 410


def test_a_key_of_one_tenant_opens_nothing_at_another(stranger, anna, carla):
    key = reset_path(stranger).rsplit("/", 1)[1]
    assert stranger.get(f"/globex/reset-password/{key}").status_code == 410
    assert stranger.post(f"/globex/reset-password/{key}", data={"password": NEW_PASSWORD}).status_code == 410
    assert sign_in(stranger, make.PASSWORD) == 303


def test_account_enumeration_asking_is_answered_alike(stranger, anna):
    known = stranger.post("/acme/forgotten-password", data={"email": "anna@acme.test"})
    unknown = stranger.post("/acme/forgotten-password", data={"email": "nobody@acme.test"})
    assert known.status_code == unknown.status_code == 200
    assert shown(known).replace("anna@", "nobody@") == shown(unknown)


def test_asking_costs_the_same_statements_for_known_and_unknown_addresses(stranger, anna, statements):
    counts = []
    for email in ("anna@acme.test", "nobody@acme.test", "anna@acme.test"):
        statements.clear()
        stranger.post("/acme/forgotten-password", data={"email": email})
        counts.append([statement.split()[0] for statement in statements if "tenants" not in statement])
    assert counts[0] == counts[1] == counts[2]


@pytest.mark.parametrize("email", ["nobody@acme.test", "carla@globex.test"])
def test_an_unknown_or_foreign_address_gets_no_mail(stranger, anna, carla, email):
    stranger.post("/acme/forgotten-password", data={"email": email})
    relay()
    assert not mails("password_reset")
    assert not tokens("password_reset")


def test_somebody_deactivated_gets_no_mail_and_an_old_link_opens_nothing(stranger, anna):
    path = reset_path(stranger)
    with make.inside():
        Employee.find(id=anna.id).deactivated_at = now()
    assert stranger.post(path, data={"password": NEW_PASSWORD}).status_code == 410
    stranger.post("/acme/forgotten-password", data={"email": "anna@acme.test"})
    relay()
    assert len(mails("password_reset")) == 1


def test_array_parameter_in_a_password_reset(stranger, anna, carla):
    both = ["anna@acme.test", "attacker@evil.example"]
    assert stranger.post("/acme/forgotten-password", data={"email": both}).status_code == 422
    assert stranger.post("/acme/forgotten-password", json={"email": both}).status_code == 422
    assert stranger.post("/acme/forgotten-password", data={"email[]": both}).status_code == 422
    assert stranger.post("/acme/forgotten-password", json={"email": {"0": both[0]}}).status_code == 422
    assert stranger.post("/acme/forgotten-password", data={"email": ",".join(both)}).status_code == 422
    relay()
    assert not mails()


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "X-Original-Host", "Forwarded", "X-Forwarded-Server"])
def test_host_header_in_a_mailed_link(stranger, anna, header):
    value = "host=evil.example" if header == "Forwarded" else "evil.example"
    stranger.post("/acme/forgotten-password", data={"email": "anna@acme.test"}, headers={header: value})
    relay()
    [mail] = mails("password_reset")
    assert urlsplit(link_in(mail)).netloc == "localhost"
    assert "evil" not in mail.body + mail.html + mail.message_id


def test_the_worker_may_run_a_request_twice(stranger, anna):
    stranger.post("/acme/forgotten-password", data={"email": "anna@acme.test"})
    relay()
    relay()
    assert len(mails("password_reset")) == 1


@pytest.mark.parametrize(
    "password", ["", "short", "123456789012", "aaaaaaaaaaaa", "Password123!", "x" * 201, "a\x00bcdefghijk"]
)
def test_a_weak_password_is_refused_and_the_link_still_works(stranger, anna, password):
    path = reset_path(stranger)
    response = stranger.post(path, data={"password": password})
    assert response.status_code == 422
    assert len(errors_of(response)) == 1
    assert stranger.post(path, data={"password": NEW_PASSWORD}).status_code == 303


def test_the_mail_speaks_its_readers_language_and_is_secret(stranger, anna):
    with make.inside():
        Employee.find(id=anna.id).language = "de"
    reset_path(stranger)
    [mail] = mails("password_reset")
    assert mail.secret
    assert 'lang="de"' in mail.html


def test_mails_to_one_address_are_limited(limited, stranger, anna):
    answers = [
        stranger.post("/acme/forgotten-password", data={"email": "anna@acme.test"}).status_code for _ in range(5)
    ]
    assert answers == [200, 200, 200, 429, 429]


def test_another_spelling_of_an_address_has_no_tries_of_its_own(limited, stranger, anna):
    spellings = [
        "anna@acme.test",
        "Anna@ACME.test",
        "anna@\uff41cme.test",
        "anna@acme\u3002test",
        " anna@\u24d0cme.test ",
    ]
    answers = [stranger.post("/acme/forgotten-password", data={"email": email}).status_code for email in spellings]
    assert answers == [200, 200, 200, 429, 429]


def test_old_keys_are_cleared_away(stranger, anna):
    reset_path(stranger)
    with make.inside():
        Token.first(purpose="password_reset").expires_at = now() - timedelta(days=31)
        clear_old_keys()
    assert not tokens("password_reset")
    assert tokens("password_asked")
