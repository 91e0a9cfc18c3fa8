"""What is logged: one line for each request with who and where, and nothing that opens or tells anything."""

import io
import json
import logging
import uuid
from types import SimpleNamespace

import psycopg
import pytest
import redis
from rq.exceptions import InvalidJobOperation
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from crm import logs
from crm.conversations.models import writing
from crm.db import db
from tests import make
from tests.floor import walk, world
from worker import tell_failure


@pytest.fixture
def lines(app):
    """`lines(form)`: what the log's handler has written since, one string for each line."""
    written, root = io.StringIO(), logging.getLogger("crm")
    handler = logging.StreamHandler(written)
    handler.addFilter(logs.Context())
    before = (root.handlers, root.level)
    root.handlers = [handler]
    root.setLevel("INFO")

    def so_far(form="text"):
        handler.setFormatter(logs.Json() if form == "json" else logging.Formatter(logs.TEXT))
        return written.getvalue().splitlines()

    so_far()
    yield so_far
    root.handlers, level = before
    root.setLevel(level)


def test_each_request_is_a_line_with_request_tenant_and_actor(lines, client, anna):
    lines("json")
    answer = client.get("/acme/inbox")
    [line] = [json.loads(line) for line in lines() if "/acme/inbox" in line]
    assert (line["request"], line["status"], line["method"]) == (answer.headers["X-Request-Id"], 200, "GET")
    assert (line["tenant"], line["actor"]) == (str(anna.tenant_id), str(anna.id)) and line["ms"] > 0


def test_a_request_refused_before_its_route_is_a_whole_line_too(lines, app, stranger, monkeypatch):
    """Even what the CSRF check or an unknown address ends."""
    make.tenant()
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    for method, path in (("POST", "/acme/sign-in"), ("GET", "/acme/nowhere"), ("GET", "/nobody/inbox")):
        answer = stranger.open(path, method=method)
        assert len(answer.headers["X-Request-Id"]) == 32, path
        assert answer.headers["X-Request-Id"] in lines()[-1] and path in lines()[-1]


SECRET = "opens-everything-" + "x" * 26


def test_no_address_that_opens_something_stands_in_the_log(lines, app, stranger):
    """Every route with a key or a token in its path, whatever it is called."""
    key = make.tenant().widget_key
    tried = 0
    for address in walk.addresses(app, [uuid.uuid4()], [1], [SECRET]):
        if SECRET in address.path:
            prefix = f"/w/{key}" if address.side == "widget" else "/acme"
            stranger.open(prefix + address.path, method=address.method)
            tried += 1
    assert tried >= 8 and len(lines()) >= tried
    assert not [line for line in lines() if SECRET in line]


def test_what_is_sent_is_not_logged(lines, client, stranger):
    conversation = make.conversation()
    client.post(f"/acme/conversations/{conversation.number}/messages?note={SECRET}", data=make.message_form(SECRET),
                headers={"Authorization": f"Bearer {SECRET}", "X-CSRFToken": SECRET})  # fmt: skip
    stranger.post("/acme/sign-in", data={"email": "anna@acme.test", "password": SECRET})
    assert len(lines()) >= 2 and not [line for line in lines() if SECRET in line]


def test_a_path_cannot_forge_a_line(lines, stranger):
    make.tenant()
    stranger.get("/acme/%0A2026-11-21%20INFO%20crm.access%20forged%0D%1b%5b2J")
    assert len(lines()) == 1 and "\x1b" not in lines()[0] and "\r" not in lines()[0]


@pytest.mark.committed
def test_a_defects_traceback_tells_no_values(lines, app, client, anna, monkeypatch):
    """SQLAlchemy writes a statement's parameters into its exceptions: messages, addresses, hashes of passwords."""
    conversation = make.conversation(assignee=anna)
    broken = str(writing.WRITE).replace("FROM moved\n),", "FROM nowhere\n),")
    monkeypatch.setattr(writing, "WRITE", text(broken))
    monkeypatch.setitem(app.config, "TESTING", False)
    answer = client.post(f"/acme/conversations/{conversation.number}/messages", data=make.message_form(SECRET))
    assert answer.status_code == 500 and SECRET not in answer.text and "nowhere" not in answer.text
    whole = "\n".join(lines())
    assert "nowhere" in whole and SECRET not in whole


def test_a_defect_is_logged_without_the_address_that_opens_something(lines, app, stranger, monkeypatch):
    make.tenant()
    lines("json")
    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setattr("crm.accounts.routes.passwords.redeemable", lambda *_: 1 / 0)
    assert stranger.get(f"/acme/reset-password/{SECRET}").status_code == 500
    assert any("ZeroDivisionError" in line for line in lines()) and not [line for line in lines() if SECRET in line]


def test_a_server_that_is_away_is_told_in_one_line(lines, app):
    """With a traceback for each request the log of an outage could not be read."""
    log = logging.getLogger("crm.test")
    cut = OperationalError("SELECT 1", {}, psycopg.OperationalError("server closed the connection\nunexpectedly"))
    for problem in (cut, redis.ConnectionError("refused")):
        try:
            raise problem
        except (OperationalError, redis.RedisError):
            log.exception("It was not there.")
    first, second = lines()
    assert first.endswith("It was not there. OperationalError: server closed the connection")
    assert second.endswith("It was not there. ConnectionError: refused")


def test_a_job_that_met_an_outage_or_was_forgotten_by_redis_is_told_in_a_line(lines, app):
    for problem in (OperationalError("SELECT 1", {}, psycopg.OperationalError("cut")), InvalidJobOperation("Who?")):
        tell_failure(SimpleNamespace(id="7"), type(problem), problem, None)
    first, second = lines()
    assert first.endswith("OperationalError: cut") and second.endswith("InvalidJobOperation: Who?")


def test_json_lines_are_json_whatever_is_in_them(lines, app):
    lines("json")
    log = logging.getLogger("crm.test")
    log.warning("A name: %s", 'Ümit\n"x"', extra={"number": 5, "who": uuid.uuid4(), "odd": {1: object()}})
    try:
        raise ValueError("multi\nline")
    except ValueError:
        log.exception("It broke.")
    first, second = (json.loads(line) for line in lines())
    assert first["message"] == 'A name: Ümit\n"x"' and first["number"] == 5
    assert "ValueError: multi\nline" in second["traceback"]


@pytest.mark.committed
def test_an_error_of_the_database_tells_no_values(app, anna):
    """PostgreSQL names the key that is there already, and the whole row that failed a check, but not behind a policy."""
    doubled = f"UPDATE people SET email = '{anna.email}' WHERE email <> '{anna.email}'"
    make.boris()
    for statement in (doubled, "UPDATE people SET kind = 'robot'"):
        with pytest.raises(IntegrityError) as error, make.inside():
            db.session.execute(text(statement))
        assert anna.email not in str(error.value.orig) and "Anna" not in str(error.value.orig)


@pytest.mark.committed
def test_no_word_that_people_wrote_is_logged_by_a_whole_day_of_work(lines, app):
    acme = world.build("acme")
    client = make.browser(acme.boss)
    for path in (
        "inbox",
        "inbox/queue",
        f"conversations/{acme.waiting.number}",
        "customers",
        "employees",
        "follow-ups",
    ):
        assert client.get(f"/acme/{path}").status_code == 200
    client.get("/acme/customers", query_string={"q": acme.canary})
    with app.app_context():
        from crm import relay

        relay.dispatch()
        db.session.rollback()
    assert len(lines()) >= 7 and not [line for line in lines() if acme.canary in line]
