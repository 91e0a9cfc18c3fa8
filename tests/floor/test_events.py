"""Facts and their reactions: `@now` pushes and may fail, `@later` runs at least once and holds nobody up."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import redis
from sqlalchemy import func, select, update

from crm import events, jobs, mail, relay
from crm.accounts.models import Department
from crm.db import db, now
from crm.events import Event, Outbox, commit, later_reactions, now_reactions, record
from tests import make

pytestmark = pytest.mark.committed


@pytest.fixture
def reactions(monkeypatch, app):
    """`reactions(name, function, ...)` registers `@later` reactions for one test."""

    def on(name, *functions):
        monkeypatch.setitem(later_reactions, name, list(functions))

    return on


@pytest.fixture
def department(app):
    return make.department()


def happen(name, department, **facts):
    with make.inside():
        return record(name, department, **facts)


def boxes(app):
    with app.app_context():
        return db.session.scalars(select(Outbox).order_by(Outbox.event_id)).all()


def dispatch(app, everything=True):
    """Run the relay; with `everything` also what waits for another try."""
    with app.app_context():
        if everything:
            db.session.execute(update(Outbox).values(due=now() - timedelta(seconds=1)))
            db.session.commit()
        return relay.dispatch()


def test_a_fact_and_its_outbox_row_are_written_together_or_not_at_all(app, department, reactions):
    reactions("test.happened", lambda event: None)
    with pytest.raises(ZeroDivisionError), make.inside():
        record("test.happened", department)
        raise ZeroDivisionError
    assert boxes(app) == []
    happened = happen("test.happened", department)
    assert [box.event_id for box in boxes(app)] == [happened.id]
    with make.inside():
        assert db.session.scalar(select(func.count()).select_from(Event).where(Event.name == "test.happened")) == 1


def test_what_nobody_reacts_to_needs_no_outbox_row(app, department):
    happen("test.nobody_listens", department)
    assert boxes(app) == []


def test_what_was_recorded_while_the_clock_was_ahead_does_not_wait_for_it(app, department, reactions):
    """Another try is due in an hour at most."""
    seen = []
    reactions("test.happened", lambda event: seen.append(event.name))
    happen("test.happened", department)
    for ahead in (timedelta(minutes=50), timedelta(hours=3)):
        with app.app_context():
            db.session.execute(update(Outbox).values(due=now() + ahead))
            db.session.commit()
        dispatch(app, everything=False)
    assert seen == ["test.happened"] and boxes(app) == []


def test_the_row_goes_only_after_every_reaction_ran(app, department, reactions):
    seen = []
    reactions("test.happened", lambda _: seen.append(len(boxes(app))), lambda event: seen.append(event.subject.name))
    happen("test.happened", department)
    dispatch(app)
    assert seen == [1, "Sales"] and boxes(app) == []
    dispatch(app)
    assert len(seen) == 2


def test_a_failing_reaction_is_tried_again_later_and_later_and_holds_up_nobody(app, department, reactions):
    ran = []

    def fails(event):
        if event.facts["bad"] and len(ran) < 6:
            ran.append("tried")
            raise ValueError("not yet")
        ran.append("done")

    reactions("test.happened", fails)
    happen("test.happened", department, bad=True)
    happen("test.happened", department, bad=False)
    dispatch(app)
    [box] = boxes(app)
    assert ran == ["tried", "done"] and box.tries == 1 and box.due > now()
    assert dispatch(app, everything=False) == 0, "it waits"
    waits = []
    for _ in range(4):
        dispatch(app)
        waits += [(box.due - now()).total_seconds() for box in boxes(app)]
    assert waits == sorted(waits) and waits[-1] > 10
    dispatch(app)
    assert ran[-1] == "done" and boxes(app) == []


def test_however_long_redis_is_away_what_waited_for_it_is_done_seconds_after(app, department, reactions):
    ran, away = [], True

    def needs_redis(event):
        if away and event.facts["n"] < 3:
            raise redis.ConnectionError("Connection refused")
        ran.append(event.facts["n"])

    reactions("test.happened", needs_redis)
    for n in range(4):
        happen("test.happened", department, n=n)
    for _ in range(12):
        dispatch(app)
    assert ran == [3], "what needs no Redis does not wait"
    assert all(box.tries == 0 and box.due < now() + timedelta(seconds=5) for box in boxes(app))
    away = False
    dispatch(app)
    assert ran == [3, 0, 1, 2] and boxes(app) == []


def test_when_redis_does_not_answer_it_is_asked_once_for_all_that_wait_together(
    app, department, reactions, monkeypatch
):
    asked = []

    def deaf(name):
        asked.append(name)
        raise redis.TimeoutError("Timeout reading from socket")

    monkeypatch.setattr(jobs, "rq_queue", deaf)
    reactions("test.happened", lambda event: mail.send_mail.enqueue(mail_id=str(event.id)))
    for _ in range(5):
        happen("test.happened", department)
    dispatch(app)
    assert asked == ["mail"] and len(boxes(app)) == 5
    dispatch(app)
    assert asked == ["mail"] * 2, "and again with the next batch"


def test_a_reactions_half_done_work_is_undone_before_the_next_try(app, department, reactions):
    def fails(event):
        Department(name="Half done").save()
        db.session.flush()
        raise ValueError

    reactions("test.happened", fails)
    happen("test.happened", department)
    dispatch(app)
    with make.inside():
        assert Department.first(name="Half done") is None


def test_facts_of_work_that_was_undone_are_never_told(app, department, reactions, monkeypatch):
    """A reaction records and then fails; the next one's commit must not push for it, least of all in another workspace."""
    told, order = [], []
    monkeypatch.setitem(now_reactions, "test.never", [lambda happened: told.append(happened.tenant_id)])

    def fails(event):
        order.append(event.facts["n"])
        if event.facts["n"] == 1:
            record("test.never", event.subject)
            raise ValueError

    reactions("test.happened", fails)
    happen("test.happened", department, n=1)
    with make.inside("globex"):
        record("test.happened", make.department_here(), n=2)
    dispatch(app)
    dispatch(app)
    assert sorted(order) == [1, 1, 2] and told == []


def test_events_of_several_tenants_run_each_in_its_own(app, department, reactions):
    seen = []
    reactions("test.happened", lambda event: seen.append((event.tenant_id, event.subject.tenant_id)))
    happen("test.happened", department)
    with make.inside("globex") as globex:
        record("test.happened", make.department_here())
    dispatch(app)
    assert {one for pair in seen for one in pair} == {department.tenant_id, globex.id} and len(seen) == 2


def test_two_relays_never_take_the_same_row(app, department, reactions):
    seen = []

    def react(event):
        seen.append(event.id)
        if len(seen) == 1:
            assert dispatch(app, everything=False) == 0, "the row is locked"

    reactions("test.happened", react)
    happen("test.happened", department)
    dispatch(app)
    assert len(seen) == 1


def test_a_fact_whose_subject_is_gone_does_not_stay_for_ever(app, department, reactions):
    seen = []
    reactions("test.happened", lambda event: seen.append(event.subject))
    happen("test.happened", department)
    with make.inside():
        db.session.delete(Department.find(id=department.id))
    dispatch(app)
    assert seen == [None] and boxes(app) == []


def test_a_failing_push_does_not_fail_the_request(app, department, monkeypatch):
    """The message is committed and answered; browsers learn of it from their next heartbeat."""

    def breaks(happened):
        raise ValueError("no push")

    monkeypatch.setitem(now_reactions, "test.happened", [breaks])
    monkeypatch.setattr(events, "current_app", SimpleNamespace(testing=False))
    happen("test.happened", department)
    with make.inside():
        assert db.session.scalar(select(func.count()).select_from(Event).where(Event.name == "test.happened")) == 1


def test_a_push_comes_after_the_commit(app, department, monkeypatch):
    seen = []

    def look(happened):
        with app.app_context(), db.engine.connect() as other:
            seen.append(other.exec_driver_sql("SELECT count(*) FROM departments").scalar_one())
            other.exec_driver_sql(f"SET LOCAL app.tenant_id = '{happened.tenant_id}'")
            seen.append(other.exec_driver_sql("SELECT count(*) FROM departments WHERE name = 'New'").scalar_one())

    monkeypatch.setitem(now_reactions, "test.happened", [look])
    with make.inside():
        record("test.happened", Department(name="New").save())
        commit()
    assert seen == [0, 1]


def test_facts_hold_nothing_that_people_wrote(app, servers):
    """Ids, numbers and words of ours: an event is kept when a person is erased."""
    import psycopg

    from tests.floor import world

    acme = world.build("acme")
    make.browser(acme.boss).post(f"/acme/customers/{acme.customer.id}", data={"name": acme.canary, "note": acme.canary})
    with psycopg.connect(servers.superuser_database_url) as everything:
        facts = everything.execute("SELECT name, facts::text FROM events").fetchall()
    assert len(facts) > 15 and not [name for name, text in facts if acme.canary in text]
