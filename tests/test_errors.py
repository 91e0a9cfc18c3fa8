"""Each refusal as a page, a fragment and JSON: its status, and a sentence that a person can act on."""

import re
import uuid
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import Forbidden

from crm.db import db
from crm.extensions import limiter
from crm.web import permitted
from tests import make

FORMS = {"page": {"Accept": "text/html"}, "fragment": {"HX-Request": "true"}, "json": {"Accept": "application/json"}}


@pytest.fixture
def situation(app, client, anna, monkeypatch):
    """`situation(status, headers)`: an answer of that status to Anna, each by what really leads to it."""
    conversation = make.conversation()
    message = f"/acme/conversations/{conversation.number}/messages"

    def breaks(*_):
        raise ValueError("secret detail")

    def away(*_):
        raise OperationalError("SELECT secret", {}, Exception("secret detail"))

    def too_often(headers):
        monkeypatch.setattr(limiter, "enabled", True)
        answers = [client.post("/acme/sign-in", data={"email": "x@acme.test", "password": "y"}, headers=headers)
                   for _ in range(12)]  # fmt: skip
        return answers[-1]

    def taken(headers):
        make.browser(make.boris()).post(f"/acme/conversations/{conversation.number}/acceptance")
        return client.post(f"/acme/conversations/{conversation.number}/acceptance", headers=headers)

    def with_query(replacement):
        def answer(headers):
            with monkeypatch.context() as patch:
                patch.setitem(app.config, "TESTING", False)
                patch.setattr("crm.conversations.queries.opened", replacement)
                return client.get(f"/acme/conversations/{conversation.number}", headers=headers)

        return answer

    return {
        400: lambda headers: client.post(message, data="{", headers={**headers, "Content-Type": "application/json"}),
        403: lambda headers: client.get("/acme/settings", headers=headers),
        404: lambda headers: client.get("/acme/conversations/999", headers=headers),
        405: lambda headers: client.put("/acme/inbox", headers=headers),
        409: taken,
        413: lambda headers: client.post(message, data={"body": "x" * 300_000}, headers=headers),
        422: lambda headers: client.post(message, data=make.message_form("x" * 10_001), headers=headers),
        429: too_often,
        500: with_query(breaks),
        503: with_query(away),
    }


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 422, 429, 500, 503])
def test_an_error_says_what_to_do_now(situation, status, form):
    answer = situation[status](FORMS[form])
    assert answer.status_code == status
    assert "secret" not in answer.text and "Traceback" not in answer.text
    if form == "json" or (status == 400 and answer.is_json):
        error = answer.json["error"]
        assert error["status"] == status and error["title"] and error["sentence"].endswith((".", "!"))
        return
    whole = answer.text.lstrip().lower().startswith("<!doctype html>")
    assert whole == (form == "page")
    words = re.sub(r"<[^>]+>", " ", answer.text)
    assert re.search(r"[A-Z][^.]{10,}\.", words), words
    assert 'role="alert"' in answer.text or "<main" in answer.text


def test_a_database_that_only_reads_is_away_for_who_writes(app, client, monkeypatch):
    """As after a fail-over to a standby: told to come back, and no defect of ours."""
    monkeypatch.setitem(app.config, "TESTING", False)
    number = make.conversation().number
    with app.app_context():
        db.engine.exec_driver_sql("SET LOCAL transaction_read_only = on")  # the test's one transaction
    answer = client.post(f"/acme/conversations/{number}/messages", data=make.message_form(), headers=FORMS["json"])
    assert answer.status_code == 503 and answer.headers["Retry-After"]


@pytest.mark.parametrize("status", [404, 422, 500])
def test_an_error_speaks_the_readers_language(situation, status):
    answer = situation[status]({"Accept": "application/json", "Accept-Language": "de"})
    english = situation[status]({"Accept": "application/json", "Accept-Language": "en"})
    assert answer.json["error"]["sentence"] != english.json["error"]["sentence"]


def test_what_does_not_fit_is_named_for_each_field(client):
    conversation = make.conversation()
    sent = {"body": "x" * 10_001, "kind": "shout", "client_id": "1"}
    answer = client.post(f"/acme/conversations/{conversation.number}/messages", data=sent, headers=FORMS["json"])
    assert set(answer.json["error"]["fields"]) == {"body", "kind", "client_id"}


def test_a_refusal_changes_nothing(app, client, anna):
    """Also when the check comes after a change: everything is rolled back."""
    conversation = make.conversation(assignee=anna)
    path = f"/acme/conversations/{conversation.number}/transfer"
    assert client.post(path, data={"to": f"employee:{uuid.uuid4()}", "note": "Please"}).status_code == 404
    assert client.post(path, data={"to": "robot:1", "note": "Please"}).status_code == 422
    assert "Please" not in client.get(f"/acme/conversations/{conversation.number}").text


def test_too_many_tries_say_when_to_try_again(situation):
    answer = situation[429](FORMS["json"])
    assert 0 < int(answer.headers["Retry-After"]) <= 3600


def test_the_way_to_another_method_is_named(client):
    answer = client.put("/acme/inbox")
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]


def test_a_page_that_is_not_there_is_told_from_a_workspace_that_is_not(stranger):
    make.tenant("acme")
    for path in (
        "/acme/nowhere",
        "/nobody/inbox",
        "/nobody",
        "/NOBODY",
        "/-x-/inbox",
        "/w/nokey/frame",
        "/w//frame",
        "/w",
    ):
        answer = stranger.get(path)
        assert answer.status_code == 404 and "<main" in answer.text, path


def test_a_stranger_is_sent_to_sign_in_and_back(stranger):
    make.tenant("acme")
    page = stranger.get("/acme/customers?q=mia")
    assert page.status_code == 302 and page.location.startswith("/acme/sign-in?next=") and "mia" in page.location
    fragment = stranger.get("/acme/customers", headers=FORMS["fragment"])
    assert (fragment.status_code, fragment.headers["HX-Redirect"]) == (401, "/acme/sign-in")
    assert stranger.get("/acme/customers", headers=FORMS["json"]).status_code == 401
    assert stranger.post("/acme/conversations", data={}).status_code == 401


def test_permission_is_asked_before_anything_is_read_or_written(app, client, monkeypatch):
    """A refusal must not come after a look-up or a change (EspoCRM CVE-2026-41160)."""
    unguarded = [rule.endpoint for rule in app.url_map.iter_rules()
                 if rule.endpoint.startswith(("conversations.", "customers.")) and not rule.websocket
                 and not hasattr(app.view_functions[rule.endpoint], "permission")]  # fmt: skip
    assert unguarded == []
    make.employee("Boris", "admin")
    with app.test_request_context("/acme/settings"):
        refused = permitted("settings.edit")(lambda: pytest.fail("the route ran"))
        monkeypatch.setattr("crm.web.current_user", SimpleNamespace(is_authenticated=True, may=lambda _: False))
        with pytest.raises(Forbidden):
            refused()


def test_an_error_in_the_error_page_is_still_an_answer(app, client, monkeypatch):
    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setattr("crm.errors.render_template", lambda *_, **__: 1 / 0)
    answer = client.get("/acme/conversations/999")
    assert answer.status_code == 404 and "Nothing here" in answer.text and "ZeroDivisionError" not in answer.text


@pytest.mark.parametrize("path", ["/acme/inbox", "/acme/sign-in", "/acme/help/sign-in", "/acme/nothing-here"])
def test_a_database_that_is_away_is_said_so(app, client, monkeypatch, path):
    def away(*_, **__):
        raise OperationalError("SELECT secret", {}, Exception("secret detail"))

    monkeypatch.setitem(app.config, "TESTING", False)
    client.get("/acme/inbox")  # the workspace is known from then on; who asks is not
    monkeypatch.setattr(db.session, "execute", away)
    monkeypatch.setattr(db.session, "scalars", away)
    for status, headers in FORMS.items():
        answer = client.get(path, headers=headers)
        assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "3"), status
        assert "secret" not in answer.text and "We cannot reach our data" in answer.text
