import io
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage

from crm.accounts.holidays import read_file
from crm.accounts.hours import Calendar, add_working, merged, open_at, opens_next, without, working_between
from crm.accounts.models import Department
from crm.conversations.models import Conversation, Presence
from crm.conversations.queue import wait_of_next
from crm.db import db, now
from tests import make
from tests.portal.steps import Visitor

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
# Put forward and back by an hour, by half of one, at midnight, and never.
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Kathmandu", "UTC"]
TURNS = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 8), (3, 28), (4, 4), (10, 3), (10, 24), (11, 1))]

intervals = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda one: one[0] < one[1]), max_size=3
)
days = st.tuples(*[intervals.map(merged)] * 7)
off = st.sampled_from([(), ((date(2026, 3, 29), date(2026, 3, 29)),), ((date(2026, 10, 24), date(2026, 10, 26)),)])
calendars = st.builds(Calendar, st.sampled_from(ZONES).map(ZoneInfo), days, off)
moments = st.builds(lambda turn, minutes: turn + minutes * MINUTE, st.sampled_from(TURNS), st.integers(-2000, 4000))


def slow_minutes(calendar, since, minutes):
    """Which of the minutes from `since` on are open, by looking at the clock on the wall for each."""
    for ahead in range(minutes):
        there = (since + ahead * MINUTE).astimezone(calendar.zone)
        closed = any(first <= there.date() <= last for first, last in calendar.holidays)
        wall = there.hour * 60 + there.minute
        yield not closed and any(start <= wall < end for start, end in calendar.week[there.weekday()])


@settings(max_examples=20)
@given(calendars, moments, st.integers(1, 3000), st.integers(1, 900))
def test_open_time_is_what_a_slow_walk_over_the_minutes_finds(calendar, since, minutes, wanted):
    found = list(slow_minutes(calendar, since, 4000))
    assert [open_at(calendar, since + at * MINUTE) for at in range(0, 4000, 97)] == found[::97]
    assert working_between(calendar, since, since + minutes * MINUTE) == 60 * sum(found[:minutes])
    first = next((at for at, is_open in enumerate(found) if is_open), None)
    if first is not None:
        assert opens_next(calendar, since) == since + first * MINUTE
    places = [at for at, is_open in enumerate(found) if is_open]
    if len(places) >= wanted:
        assert add_working(calendar, since, wanted * 60) == since + (places[wanted - 1] + 1) * MINUTE


def test_a_day_of_nine_hours_with_a_break_across_a_holiday():
    nine_to_six = without(((540, 1080),), ((720, 780),))
    easter = ((date(2026, 4, 3), date(2026, 4, 6)),)
    calendar = Calendar(BERLIN, (nine_to_six,) * 5 + ((), ()), easter)
    thursday = datetime(2026, 4, 2, 17, 30, tzinfo=BERLIN)
    assert nine_to_six == ((540, 720), (780, 1080))
    assert add_working(calendar, thursday, 3600) == datetime(2026, 4, 7, 9, 30, tzinfo=BERLIN)
    assert opens_next(calendar, datetime(2026, 4, 3, tzinfo=UTC)) == datetime(2026, 4, 7, 9, tzinfo=BERLIN)
    assert add_working(Calendar(BERLIN, ((),) * 7), thursday, 60) is None
    assert add_working(Calendar(BERLIN), thursday, 60) == thursday + MINUTE
    a_minute_a_week = Calendar(BERLIN, (((0, 1),),) + ((),) * 6)
    assert add_working(a_minute_a_week, thursday, 90 * 86_400) is None  # it would be the year 4510


HOLIDAYS = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:test\r
BEGIN:VEVENT\r
SUMMARY:Christmas\r
DTSTART;VALUE=DATE:{year}1225\r
DTEND;VALUE=DATE:{year}1227\r
END:VEVENT\r
BEGIN:VEVENT\r
SUMMARY:New Year\r
DTSTART;VALUE=DATE:20100101\r
RRULE:FREQ=YEARLY\r
END:VEVENT\r
BEGIN:VEVENT\r
SUMMARY:Meeting\r
DTSTART:{year}1201T100000Z\r
END:VEVENT\r
BEGIN:VEVENT\r
SUMMARY:Until no day\r
DTSTART;VALUE=DATE:20200101\r
RRULE:FREQ=YEARLY;UNTIL=PT1H\r
END:VEVENT\r
END:VCALENDAR\r
"""


@pytest.fixture
def owner(app):
    return make.browser(make.employee("Olivia", "owner"))


@pytest.fixture
def page(app):
    return f"/acme/settings/departments/{make.department('Support').id}"


def form(**hours):
    return {
        "kept": "hours",
        "time_zone": "Europe/Berlin",
        "breaks": "",
        **{f"day_{at}": "" for at in range(7)},
        **hours,
    }


def test_hours_and_days_off_are_kept_for_a_department(owner, page, client):
    assert "09:00–17:00" in owner.get(f"{page}/hours").text and client.get(f"{page}/hours").status_code == 403
    owner.post(f"{page}/hours", data=form(day_0="9-12:30; 13.30 – 18", breaks="10:00-10:15"))
    assert "09:00–12:30, 13:30–18:00" in owner.get(f"{page}/hours").text
    raw = HOLIDAYS.format(year=now().year).encode()
    for sentence in ("added", "0 days off were added. 2 entries were left out"):
        sent = {"calendar": (io.BytesIO(raw), "holidays.ics")}
        answer = owner.post(f"{page}/holidays/file", data=sent, follow_redirects=True)
        assert sentence in answer.text and answer.text.count("New Year") >= 3
    owner.post(
        f"{page}/holidays", data={"holiday": "Summer party", "starts_on": f"{now().year + 1}-07-02", "ends_on": ""}
    )
    shown = owner.get(f"{page}/hours").text
    assert "Summer party" in shown
    assert owner.post(f"{page}/hours", data=form() | {"kept": "always"}, follow_redirects=True).status_code == 200
    with make.inside():
        assert Department.find(name="Support").hours is None


@pytest.mark.parametrize("wrong", [{}, {"day_0": "17-9"}, {"day_1": "soon"}, {"day_0": "9-17", "breaks": "x"}])
def test_hours_that_do_not_fit_come_back(owner, page, wrong):
    assert owner.post(f"{page}/hours", data=form(**wrong)).status_code == 422


COMMAS = b"," * 200_000
TOO_LONG = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:" + COMMAS
HOSTILE = [b"FREEBUSY:" + COMMAS, b"CATEGORIES:" + COMMAS, b"X:a\r\n" * 40_000, b"RRULE:FREQ=YEARLY\r\n" * 10_000]


@pytest.mark.parametrize("line", HOSTILE, ids=["free-busy", "categories", "lines", "rules"])
def test_a_hostile_calendar_costs_no_more_than_an_honest_one(line):
    began = time.process_time()
    raw = (
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270101\r\n%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        % line
    )
    found = read_file(FileStorage(io.BytesIO(raw)), date(2026, 1, 1))
    assert time.process_time() - began < 0.5 and len(found.days) + found.left_out == 1


@pytest.mark.parametrize(
    "raw", [b"", b"hello", b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 15_000, b"x" * 300_000, TOO_LONG]
)
def test_what_is_no_calendar_is_refused(owner, page, raw):
    assert owner.post(f"{page}/holidays/file", data={"calendar": (io.BytesIO(raw), "x.ics")}).status_code == 422


def test_a_closed_department_says_when_somebody_is_there_again(app, anna):
    moment = now()
    with make.inside():
        support = Department.find(name="Support")
        week = [[] for _ in range(7)]
        week[(moment.weekday() + 2) % 7] = [[540, 1020]]
        support.keep_hours({"week": week, "breaks": []}, "UTC")
        wait = wait_of_next(support.id)
        opens = (moment + timedelta(days=2)).replace(hour=9, minute=0, second=0, microsecond=0)
        assert (wait.opens_at, wait.staffed) == (opens, False)
        Presence(person_id=anna.id).save()  # somebody still sits there, and nobody is promised an answer
    shown = make.browser(make.customer("Mia", email="mia@example.com")).get("/acme/help/new").text
    assert "Closed until" in shown and opens.isoformat() in shown
    visitor = Visitor().enter()
    number = visitor.begin()
    for view in (visitor.view, visitor.get(f"/my/conversations/{number}").text):
        assert "Closed until" in view and opens.isoformat() in view and "Anna" not in view


def test_a_computed_wait_counts_open_time_only(app):
    """Asked an hour before the door was shut, answered half an hour after it was open again: 90 minutes, not 10 hours."""
    for _ in range(3):
        make.closed_conversation()
    with make.inside():
        support, moment = Department.find(name="Support"), now().replace(second=0, microsecond=0)
        back = moment.hour * 60 + moment.minute
        spans = merged([(at % 1440, at % 1440 + 1) for at in range(back - 40, back - 10)]
                       + [(at % 1440, at % 1440 + 1) for at in range(back - 700, back - 580)])  # fmt: skip
        support.keep_hours({"week": [list(map(list, spans))] * 7, "breaks": []}, "UTC")
        times = {"queued_at": moment - timedelta(minutes=640), "first_reply_at": moment - timedelta(minutes=10)}
        db.session.execute(db.update(Conversation).values(**times))
        assert wait_of_next(support.id).minutes == 90
