"""How often strangers may ask: people never notice, programs do."""

import dataclasses
import io
import time
import uuid

import pytest

from crm.extensions import limiter
from crm.refusals import Refusals

from .steps import visitor


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
    large = b"\x00" * 300_000
    people = [visitor() for _ in range(5)]  # of one household
    numbers = [someone.begin() for someone in people]

    def send(who: int, content: bytes) -> int:
        form = {"client_id": str(uuid.uuid4()), "body": "", "files": (io.BytesIO(content), "scan.bin")}
        return people[who].post(f"/my/conversations/{numbers[who]}/messages", **form).status_code

    assert [send(n // 5, large) for n in range(22)] == [201] * 20 + [429] * 2
    assert visitor().post("/my/conversations", body="x" * 9_000, client_id=str(uuid.uuid4())).status_code == 201
    assert send(4, b"a small one") == 201


def test_a_flood_comes_through_in_small_parts(limited):
    someone, began = visitor(), time.time()
    path = f"/my/conversations/{someone.begin()}/messages"
    answers = [someone.post(path, body="Again", client_id=str(uuid.uuid4())) for _ in range(40)]
    taken = sum(answer.status_code == 201 for answer in answers)
    assert 5 <= taken <= 5 * (2 + (time.time() - began) // 2)
    assert {answer.headers["Retry-After"] for answer in answers if answer.status_code == 429} <= {"1", "2", "3"}


def test_who_goes_on_all_the_same_is_refused_before_anything_is_looked_up(limited, statements):
    someone = visitor()
    number = max(someone.begin() for _ in range(6))
    form = {"body": "One more", "client_id": "0" * 32}
    first = someone.post("/my/conversations", **form)
    before = len(statements)
    again = [someone.post("/my/conversations", **form) for _ in range(20)]
    assert len(statements) == before
    assert {(one.status_code, one.text) for one in again} == {(429, first.text)}
    assert 0 < int(again[0].headers["Retry-After"]) <= int(first.headers["Retry-After"]) <= 60 * 60
    assert "Set-Cookie" not in again[0].headers and again[0].headers["Cache-Control"] == first.headers["Cache-Control"]
    assert someone.post(f"/my/conversations/{number}/messages", **form).status_code == 201, "that was not the limit"
    visitor().begin()


def test_a_refusal_lasts_as_long_as_it_said(limited, app):
    someone = visitor()
    for _ in range(6):
        someone.begin()
    form = {"body": "One more", "client_id": "0" * 32}
    assert someone.post("/my/conversations", **form).status_code == 429
    limiter.reset()
    assert someone.post("/my/conversations", **form).status_code == 429
    for key, refusal in refusals_of(app).items():
        refusals_of(app)[key] = dataclasses.replace(refusal, until=time.monotonic())
    assert someone.post("/my/conversations", **form).status_code == 201


def refusals_of(app) -> dict:
    part = app.wsgi_app
    while not isinstance(part, Refusals):
        part = part.wsgi_app
    return part.known
