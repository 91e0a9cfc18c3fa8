"""How often strangers may ask: people never notice, programs do."""

import pytest

from crm.extensions import limiter

from .steps import visitor


@pytest.fixture
def limited():
    limiter.enabled = True
    limiter.reset()
    yield
    limiter.reset()
    limiter.enabled = False


def test_a_visitor_who_begins_too_many_conversations_is_asked_to_wait(limited):
    someone = visitor()
    for _ in range(6):
        someone.begin()
    response = someone.post("/my/conversations", body="One more", client_id="0" * 32)
    assert response.status_code == 429 and int(response.headers["Retry-After"]) > 0
    assert "Wait a minute" in response.json["error"]["sentence"]
    visitor().begin()  # others are not held up by it


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/w/{key}/state"), ("get", "/w/{key}/frame"), ("post", "/w/{key}/session"), ("get", "/w/{key}/files/x"),
     ("post", "/acme/help/sign-in"), ("post", "/acme/help/sign-in/link"), ("post", "/acme/help/register"),
     ("get", "/acme/help/links/x"), ("post", "/acme/help/links/x"), ("get", "/acme/ratings/x"), ("post", "/acme/ratings/x")],
)  # fmt: skip
def test_every_way_in_has_its_limit(limited, method, path):
    someone = visitor()
    path = path.replace("{key}", someone.root.rsplit("/", 1)[1])
    answers = [getattr(someone.client, method)(path, data={"email": "a@example.com"}) for _ in range(260)]
    assert answers[0].status_code != 429 and answers[-1].status_code == 429
