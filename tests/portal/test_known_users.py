"""Users whom the shop vouches for: what is believed, and what happens on a shared computer."""

import json
import time

import pytest

from crm.customers.models import Customer
from crm.tenancy import Tenant, forget_cached_tenant
from tests import make

from .steps import Visitor, count, signed, visitor


def refused(**facts) -> None:
    response = Visitor(**facts).exchange()
    assert response.status_code == 401 and response.json["error"]["sentence"]
    with make.inside():
        assert count(Customer) == 0


def test_a_forged_signature_is_refused(app):
    good = signed(id="42")
    refused(user=good["user"].replace("42", "43"), hash=good["hash"])
    refused(user=good["user"] + " ", hash=good["hash"])
    for forged in ("", "0" * 64, good["hash"][:-1], "é", good["hash"] + "0"):
        refused(user=good["user"], hash=forged)


def test_a_signature_with_another_tenants_secret_is_refused(app):
    make.tenant("globex")
    refused(**signed("globex", id="42"))


@pytest.mark.parametrize("age", [24 * 3600 + 5, -3600])
def test_a_stale_signature_or_one_from_the_future_is_refused(app, age):
    refused(**signed(id="42", issued_at=int(time.time()) - age))


@pytest.mark.parametrize(
    "facts",
    [{"id": ""}, {"id": "x" * 201}, {"id": "a\0b"}, {"id": None, "issued_at": None}, {"issued_at": "soon"}, {"issued_at": [1]},
     {"email": "no address"}, {"email": ["a@example.com"]}, {"name": {"a": 1}}, {"name": "x" * 201}, {"issued_at": 1e999},
     {"id": "\ud800"}, {"id": None}, {"id": True}, {"id": [1]}, {"id": {}}, {"id": 1.5}],
)  # fmt: skip
def test_signed_nonsense_is_refused(app, facts):
    refused(**signed(**facts))


def test_signed_text_that_is_no_object_is_refused(app):
    import hashlib
    import hmac

    with make.inside() as tenant:
        secret = tenant.identity_secret
    for said in ("[]", "null", "42", "{", "[" * 3_000, json.dumps("text")):
        refused(user=said, hash=hmac.new(secret.encode(), said.encode(), hashlib.sha256).hexdigest())


def test_a_new_secret_ends_what_the_old_one_signed(app):
    someone = visitor(**signed(id="42"))
    someone.begin()
    make.tenant(identity_version=2)
    forget_cached_tenant()
    assert someone.get("/my/conversations").status_code == 401
    assert someone.exchange().status_code == 401
    assert isinstance(make.tenant(), Tenant)


def test_what_a_stranger_wrote_follows_them_into_their_account_and_stays_there(app):
    stranger = visitor()
    number = stranger.begin("Before signing in")
    known = visitor(token=stranger.token, **signed(id="42", name="Mia"))
    assert "Before signing in" in known.view
    # signed out again, on a computer that others use too
    again = visitor(token=stranger.token)
    assert "Before signing in" not in again.view
    assert again.get(f"/my/conversations/{number}").status_code == 404
    assert stranger.get(f"/my/conversations/{number}").status_code == 404


def test_two_users_of_one_browser_never_see_each_other(app):
    mia = visitor(**signed(id="1"))
    mia.begin("Mia's order")
    ben = visitor(token=mia.token, **signed(id="2"))
    assert "Mia's order" not in ben.view
    ben.begin("Ben's order")
    assert "Ben's order" not in visitor(token=mia.token, **signed(id="1")).view


def test_a_blocked_user_is_blocked_on_every_device(app):
    visitor(**signed(id="1")).begin()
    with make.inside():
        Customer.first(external_id="1").block()
    assert Visitor(**signed(id="1")).exchange().status_code == 403
