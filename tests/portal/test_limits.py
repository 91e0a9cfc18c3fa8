"""How often strangers may ask: people never notice, programs do."""

import io
import uuid

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


def test_large_files_come_less_often_than_words(limited):
    someone = visitor()
    number = someone.begin()
    path, large = f"/my/conversations/{number}/messages", b"\x00" * 300_000

    def send(content: bytes) -> int:
        form = {"client_id": str(uuid.uuid4()), "body": "", "files": (io.BytesIO(content), "scan.bin")}
        return someone.post(path, **form).status_code

    assert [send(large) for _ in range(22)] == [201] * 20 + [429] * 2
    assert visitor().post("/my/conversations", body="x" * 9_000, client_id=str(uuid.uuid4())).status_code == 201
    assert send(b"a small one") == 201
