"""The loops of the workers."""

import signal

import pytest

import worker
from crm import jobs


@pytest.fixture
def repeat(app, monkeypatch):
    monkeypatch.setattr(jobs, "_app", app)
    monkeypatch.setattr(worker, "IDLE_SECONDS", 0)
    before = {number: signal.getsignal(number) for number in worker.ENDING}
    yield worker.repeat
    for number, heard in before.items():
        signal.signal(number, heard)


@pytest.mark.parametrize(("burst", "looks"), [(worker.MUCH, 1 + worker.QUIET), (worker.MUCH - 1, 100)])
def test_after_a_burst_and_some_quiet_a_child_makes_room_for_a_fresh_one(repeat, burst, looks):
    found, looked = iter([burst]), []

    def step() -> int:
        looked.append(1)
        if len(looked) == 100:
            signal.raise_signal(signal.SIGTERM)
        return next(found, 0)

    repeat(step, until_quiet=True)
    assert len(looked) == looks
