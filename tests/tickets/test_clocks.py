from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from crm.accounts.hours import Calendar
from crm.accounts.models import Department, Employee
from crm.db import db, now, uuid7
from crm.events import Event
from crm.mail import Mail
from crm.relay import dispatch
from crm.tickets.clocks import watch as watch_all
from crm.tickets.models import Escalation, EscalationNotice, SlaPolicy, Ticket, TicketClock
from crm.tickets.models.policy import KINDS
from tests import make

pytestmark = pytest.mark.committed  # the relay takes its rows in a transaction of its own
NINE_TO_FIVE = Calendar(ZoneInfo("UTC"), (((540, 1020),),) * 5 + ((), ()))
FRIDAY = datetime(2026, 11, 20, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def owner(app):
    return make.browser(make.employee("Olivia", "owner"))


def promise(owner, **fields):
    times = {f"{kind}_minutes": "" for kind in KINDS}
    return owner.post("/acme/settings/promises", data={"priority": "", "customer": "", **times, **fields})


def ticket_of(conversation, by):
    make.browser(by).post(f"/acme/conversations/{conversation.number}/ticket")
    heard()
    with make.inside():
        return db.session.scalars(select(Ticket).order_by(Ticket.number.desc())).first()


def heard():
    with make.state.app.app_context():
        while dispatch():
            pass


def clocks(ticket):
    with make.inside():
        return {clock.kind: clock for clock in TicketClock.of(ticket.id)}


def move(ticket, by, **fields):
    make.browser(by).post(f"/acme/tickets/{ticket.number}", data=fields)
    heard()


def test_a_clock_counts_open_time_and_stands_still_while_the_customer_is_awaited():
    clock = TicketClock(kind="solution", allowed=3 * 3600, spent=0.0)
    clock.start(FRIDAY, NINE_TO_FIVE, running=True)
    assert clock.due_at == FRIDAY + timedelta(days=3, hours=-5)  # Monday at 11
    clock.pause(FRIDAY + HOUR / 2, NINE_TO_FIVE)
    assert (clock.due_at, clock.left) == (None, 2.5 * 3600)
    clock.run(FRIDAY + timedelta(days=3), NINE_TO_FIVE)  # Monday at 16: an hour is left of the day
    assert clock.due_at == FRIDAY + timedelta(days=4, hours=-5.5)
    clock.meet(FRIDAY + timedelta(days=5), NINE_TO_FIVE)
    assert clock.broken_at == FRIDAY + timedelta(days=4, hours=-5.5)
    clock.meet(FRIDAY + timedelta(days=9), NINE_TO_FIVE)
    assert clock.met_at == FRIDAY + timedelta(days=5)


def test_the_narrowest_promise_holds(owner):
    mia = make.customer("Mia", email="mia@example.com")
    promise(owner, first_minutes="480")
    promise(owner, first_minutes="60", priority="urgent")
    promise(owner, first_minutes="240", customer="mia@example.com")
    assert promise(owner, first_minutes="5").status_code == 422
    assert promise(owner, first_minutes="5", customer="nobody@example.com").status_code == 422
    assert promise(owner).status_code == 422
    with make.inside():
        found = [SlaPolicy.of(priority, who).first_minutes for priority, who in
                 (("low", None), ("urgent", None), ("urgent", mia.id), ("low", make.uuid.uuid4()))]  # fmt: skip
    assert found == [480, 60, 240, 480]
    page = owner.get("/acme/settings/promises").text
    assert "Urgent" in page and "Mia" in page


def test_answers_stop_the_clocks_and_questions_start_the_next(owner, anna):
    promise(owner, first_minutes="60", next_minutes="30", solution_minutes="600")
    mia = make.customer("Mia")
    talk = make.conversation(customer=mia)
    ticket = ticket_of(talk, anna)
    found = clocks(ticket)
    assert found["first"].due_at == found["first"].started_at + HOUR and found["next"].started_at is None
    make.message(talk, anna, "Let me look.")
    heard()
    found = clocks(ticket)
    assert found["first"].met_at and not found["first"].broken_at and found["next"].started_at is None
    asked = make.message(talk, mia, "And now?")
    heard()
    assert clocks(ticket)["next"].due_at == asked.created_at + HOUR / 2
    with make.inside():
        assert Ticket.find(id=ticket.id).breaks_kind == "next"
    listed = make.browser(anna).get("/acme/tickets?view=open&sort=breaks").text
    assert "Next answer" in listed
    move(ticket, anna, status="pending")
    assert {kind: clock.due_at for kind, clock in clocks(ticket).items()} == dict.fromkeys(KINDS)
    make.message(talk, mia, "Please hurry.")
    heard()
    found = clocks(ticket)
    assert found["solution"].due_at and found["next"].due_at and found["next"].started_at == asked.created_at
    move(ticket, anna, status="solved")
    assert clocks(ticket)["solution"].met_at
    assert "Promised times" in make.browser(anna).get(f"/acme/tickets/{ticket.number}").text


def test_who_talked_with_a_caller_has_answered(owner, anna):
    promise(owner, first_minutes="60")
    hers, met = make.browser(anna), []
    for direction, outcome in (("in", "answered"), ("out", "missed")):
        form = {"who": "+4930901820", "started_at": now().isoformat(), "minutes": "3", "client_id": str(uuid7())}
        there = hers.post("/acme/calls", data={**form, "direction": direction, "outcome": outcome}).location
        number = int(hers.post(f"{there}/ticket").location.rpartition("/")[2])
        heard()
        with make.inside():
            met.append(clocks(Ticket.find(number=number))["first"].met_at is not None)
    assert met == [True, False]


def test_what_is_told_twice_or_late_counts_once(owner, anna):
    promise(owner, solution_minutes="600")
    ticket = ticket_of(make.conversation(), anna)
    move(ticket, anna, status="hold")
    before = clocks(ticket)["solution"]
    with make.inside():
        from crm.tickets.clocks import begin, follow_status

        for event in db.session.scalars(select(Event).where(Event.subject_id == ticket.id)).all():
            if event.name in ("ticket.opened", "ticket.status_changed"):
                (begin if event.name == "ticket.opened" else follow_status)(event)
    after = clocks(ticket)["solution"]
    assert (after.spent, after.running_since, after.heard_at) == (before.spent, None, before.heard_at)


def test_another_priority_promises_another_time_and_keeps_what_has_passed(owner, anna):
    promise(owner, solution_minutes="600")
    promise(owner, solution_minutes="60", priority="urgent")
    ticket = ticket_of(make.conversation(), anna)
    move(ticket, anna, priority="urgent")
    clock = clocks(ticket)["solution"]
    assert clock.due_at == clock.started_at + HOUR


def pass_time(ticket, minutes):
    """As if its clocks and its ladder had begun so much earlier."""
    ago = timedelta(minutes=minutes)
    with make.inside():
        for clock in TicketClock.of(ticket.id):
            for name in ("started_at", "running_since", "warn_at", "due_at"):
                if value := getattr(clock, name):
                    setattr(clock, name, value - ago)
        moved = {name: getattr(Escalation, name) - ago for name in ("created_at", "next_at")}
        db.session.execute(update(Escalation).values(**moved), execution_options={"synchronize_session": False})


def watch():
    with make.inside():
        watch_all()
    heard()


def told(ticket):
    with make.inside():
        names = select(Employee.name).join(EscalationNotice, EscalationNotice.person_id == Employee.id)
        return list(db.session.scalars(names.order_by(EscalationNotice.id)).all())


def events_of(ticket, name):
    with make.inside():
        return len(db.session.scalars(select(Event.id).where(Event.subject_id == ticket.id, Event.name == name)).all())


def ladder(owner, *steps):
    with make.inside():
        support = Department.find(name="Support")
    path = f"/acme/settings/departments/{support.id}/ladder"
    for minutes, whom, person in steps:
        fields = {"after_minutes": minutes, "whom": whom, "person_id": person or ""}
        assert owner.post(path, data=fields).status_code == 303
    return path


def test_the_ladder_tells_one_after_the_other_until_somebody_takes_care(owner, anna, boris):
    lena = make.employee("Lena", "lead")
    path = ladder(owner, (0, "assignee", ""), (10, "leads", ""), (20, "person", boris.id))
    assert "Team leads" in owner.get(path).text and "Boris" in owner.get(path).text
    assert owner.post(path, data={"after_minutes": 5, "whom": "person", "person_id": ""}).status_code == 422
    promise(owner, solution_minutes="100")
    ticket = ticket_of(make.conversation(assignee=anna), anna)
    watch()
    assert told(ticket) == [] and events_of(ticket, "ticket.clock_warned") == 0
    pass_time(ticket, 76)
    watch()
    watch()
    assert told(ticket) == ["Anna"] and events_of(ticket, "ticket.clock_warned") == 1
    pass_time(ticket, 12)
    watch()
    assert told(ticket) == ["Anna", "Lena"] and events_of(ticket, "escalation.raised") == 2
    with make.inside():
        mails = db.session.scalars(select(Mail.recipient).where(Mail.key.startswith("escalation:"))).all()
    assert sorted(mails) == ["anna@acme.test", "lena@acme.test"]
    page = make.browser(lena).get(f"/acme/tickets/{ticket.number}").text
    assert "Solution: who was told" in page and "I take care of it" in page
    make.browser(lena).post(f"/acme/tickets/{ticket.number}/acknowledgement")
    assert "Lena takes care of it" in make.browser(anna).get(f"/acme/tickets/{ticket.number}").text
    pass_time(ticket, 9)
    watch()
    assert told(ticket) == ["Anna", "Lena"]
    pass_time(ticket, 9)
    watch()
    assert events_of(ticket, "ticket.clock_broken") == 1 and clocks(ticket)["solution"].broken_at
    assert told(ticket) == ["Anna", "Lena", "Anna"]  # what was only about to break is broken now: a new climb


def test_an_answer_that_was_not_heard_yet_keeps_the_promise(owner, anna):
    ladder(owner, (0, "assignee", ""))
    promise(owner, first_minutes="60")
    talk = make.conversation()
    ticket = ticket_of(talk, anna)
    pass_time(ticket, 50)
    make.message(talk, anna, "Here I am.")
    with make.inside():
        watch_all()
    assert events_of(ticket, "ticket.clock_warned") == 0
    heard()
    assert clocks(ticket)["first"].met_at and told(ticket) == []
    assert now() - clocks(ticket)["first"].met_at < HOUR
