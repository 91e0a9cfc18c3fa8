"""Failpoints do what is asked of them at their place, and nothing anywhere else."""

import time

import pytest

from crm import failpoints
from crm.config import Config, ConfigError
from crm.conversations.models import Message
from crm.db import db
from tests import make
from tests.floor.test_config import GOOD


@pytest.fixture
def at():
    yield failpoints.set_up
    failpoints.set_up("")


@pytest.mark.parametrize(
    "value", ["after_comit:kill", "after_commit", "after_commit:die", "after_commit:sleep=", ":kill"]
)
def test_an_unknown_one_is_a_sentence_that_names_all(value):
    with pytest.raises(ConfigError) as problem:
        Config.from_env(GOOD | {"RAPPORT_FAILPOINT": value})
    assert str(problem.value).startswith(
        "RAPPORT_FAILPOINT must be PLACE:kill, PLACE:raise or PLACE:sleep=SECONDS, PLACE"
    )
    assert all(place in str(problem.value) for place in failpoints.PLACES)


@pytest.mark.parametrize("place", failpoints.PLACES)
def test_each_is_known(place):
    assert Config.from_env(GOOD | {"RAPPORT_FAILPOINT": f"{place}:kill"}).failpoint == f"{place}:kill"


def test_without_one_nothing_is_looked_at():
    assert failpoints.reach is failpoints.nothing


def test_raising_after_the_commit_loses_nothing(app, anna, at):
    conversation = make.conversation(assignee=anna)
    client, form = make.browser(anna), make.message_form("Stored")
    path = f"/acme/conversations/{conversation.number}/messages"
    at("after_commit:raise")
    assert client.post(path, data=form, headers={"HX-Request": "true"}).status_code == 500
    at("")
    assert client.post(path, data=form, headers={"HX-Request": "true"}).status_code == 201
    with make.inside():
        assert db.session.query(Message).filter_by(body="Stored").count() == 1


def test_sleeping_waits_there_and_goes_on(at, caplog):
    at("job_start:sleep=0.2")
    failpoints.reach("job_done")
    assert not caplog.messages
    began = time.monotonic()
    failpoints.reach("job_start")
    assert caplog.messages == ["Failpoint job_start reached: sleep=0.2."]
    assert time.monotonic() - began >= 0.2
