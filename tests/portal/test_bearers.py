"""Who is recognised by what the browser holds, and for how long."""

from base64 import urlsafe_b64decode
from zlib import decompress

import pytest

from crm.customers.models import Customer, VisitorToken
from tests import make

from .steps import Visitor, visitor


@pytest.mark.parametrize("token", ["", "short", "x" * 44, "é" * 43, "a" * 42 + "/", None, ["a"], {"a": 1}])
def test_a_token_of_another_shape_is_refused(app, token):
    assert Visitor().exchange(token=token).status_code == 422


def test_without_a_bearer_nothing_is_shown(app):
    someone = visitor()
    number = someone.begin()
    good = someone.bearer
    for bearer in ("", "x", good[:-3] + "AAA", "Bearer", good + "x"):
        someone.bearer = bearer
        response = someone.get(f"/my/conversations/{number}")
        assert response.status_code == 401
        assert "could not recognise you" in response.json["error"]["sentence"]


def test_a_bearer_of_another_tenant_opens_nothing(app):
    someone, other = visitor("globex"), visitor("acme")
    someone.begin()
    other.bearer = someone.bearer
    assert other.get("/my/conversations").status_code == 401


def test_a_bearer_ends_after_an_hour(app, monkeypatch):
    someone = visitor()
    monkeypatch.setattr("crm.portal.visitors.BEARER_SECONDS", -1)
    assert someone.get("/home").status_code == 401


def test_a_bearer_does_not_hold_the_token(app):
    someone = visitor()
    payload = someone.bearer.lstrip(".").split(".")[0]
    raw = urlsafe_b64decode(payload + "==")
    held = decompress(raw) if someone.bearer.startswith(".") else raw
    assert someone.token.encode() not in held


def test_a_revoked_token_opens_nothing_any_more(app):
    someone = visitor()
    number = someone.begin()
    with make.inside():
        VisitorToken.first().revoke()
    assert someone.get(f"/my/conversations/{number}").status_code == 401
    assert someone.exchange().status_code == 401
    assert someone.state()["unread"] == 0


def test_somebody_blocked_as_spam_is_told_so_and_reaches_nothing(app):
    someone = visitor()
    number = someone.begin()
    with make.inside():
        Customer.first().block()
    for response in (someone.get(f"/my/conversations/{number}"), someone.say(number), someone.exchange()):
        assert response.status_code == 403
    assert "another way" in someone.say(number).json["error"]["sentence"]
