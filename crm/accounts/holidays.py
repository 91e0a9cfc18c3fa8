"""Holidays out of an iCalendar file, as other programs write them: whole days, once or every year.

A file is at most 256 KB with 2,000 entries, and of it only the lines that days are made of are read, each short and at most
twice in an entry: hostile ones cost no more than honest ones. Nothing is repeated without an end: of each entry and year
there is one day.
"""

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from ..web import Invalid

LARGEST = 256 * 1024
MOST_ENTRIES = 2_000
LONGEST_LINE = 1_000
LONGEST = timedelta(days=60)
YEARS_AHEAD = 3
DAY = timedelta(days=1)
KNOWN_RULES = {"FREQ", "INTERVAL", "UNTIL", "COUNT", "BYMONTH", "BYMONTHDAY", "BYDAY", "WKST"}
READ = {b"DTSTART", b"DTEND", b"DURATION", b"SUMMARY", b"RRULE", b"RDATE", b"EXDATE"}
KEPT, OURS = READ | {b"BEGIN", b"END"}, {b"VCALENDAR", b"VEVENT"}
LEFT_OUT = {b"RDATE", b"EXDATE"}  # entries that have one, whatever it says
FOLDED, NAME = re.compile(rb"\r?\n[ \t]"), re.compile(rb"[A-Za-z-]+")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Found:
    """`days` are (name, first, last); `left_out` counts entries that are no whole days or repeat in another way."""

    days: list[tuple[str, date, date]]
    left_out: int


def read_file(sent: FileStorage, today: date) -> Found:
    """The holidays from this year on, three years ahead. Raises Invalid for what is too large or no calendar."""
    raw = sent.stream.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise Invalid({"calendar": _("This file is too large. At most 256 KB can be taken over.")})
    entries = entries_of(b"\r\n".join(needed(FOLDED.sub(b"", raw).splitlines())))
    years = range(today.year, today.year + YEARS_AHEAD + 1)
    read = [days_of(entry, years) for entry in entries]
    return Found(list(dict.fromkeys(day for days in read for day in days or ())), sum(days is None for days in read))


def needed(lines: list[bytes]) -> Iterator[bytes]:
    """Of the calendars' entries the lines that days are made of. Raises Invalid for more entries than can be taken over."""
    blocks: list[bool] = []  # whether they are ours
    entries, strange, seen = 0, 0, Counter[bytes]()
    for line in lines:
        found = NAME.match(line)
        name = found[0].upper() if found else b""
        if name == b"BEGIN":
            blocks.append(line[6:].strip().upper() in OURS)
            entries, strange, seen = entries + blocks[-1], strange + (not blocks[-1]), Counter()
        if entries > MOST_ENTRIES + 1:  # the calendar is a block too
            raise Invalid({"calendar": _("This calendar has too many entries. At most 2,000 can be taken over.")})
        seen[name] += name in READ
        if not strange and name in KEPT and seen[name] <= 2:
            yield shortened(name, line)
        if name == b"END" and blocks:
            strange -= not blocks.pop()


def shortened(name: bytes, line: bytes) -> bytes:
    """Raises Invalid for a line that cannot be cut."""
    if name in LEFT_OUT:
        return name + b":20000101"
    if len(line) > LONGEST_LINE and name != b"SUMMARY":
        raise Invalid(
            {"calendar": _("This calendar has a line that is too long. At most 1,000 characters can be read.")}
        )
    return line[:LONGEST_LINE]


def entries_of(raw: bytes) -> list[Any]:
    from icalendar import Calendar

    try:
        calendars = Calendar.from_ical(raw, multiple=True)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        calendars = []
    if not calendars or any(one.name != "VCALENDAR" for one in calendars):
        raise Invalid({"calendar": _("This is not an iCalendar file. Its name mostly ends in .ics.")})
    return [entry for one in calendars for entry in one.subcomponents if entry.name == "VEVENT"]


def days_of(entry: Any, years: range) -> list[tuple[str, date, date]] | None:
    """Of one entry; None when it cannot be taken over."""
    if entry.errors:
        return None
    (first, last), rule = whole_days(entry), entry.get("RRULE")
    if first is None or last - first > LONGEST or entry.get("RDATE") or entry.get("EXDATE"):
        return None
    if rule is not None and not is_yearly(rule):
        return None
    begins = repeated(rule, first, years) if rule is not None else iter([first])
    return [(name_of(entry), day, day + (last - first)) for day in begins if day.year in years]


def name_of(entry: Any) -> str:
    written = str(entry.get("SUMMARY", "")).replace("\x00", "").encode(errors="ignore").decode()
    return " ".join(written.split())[:100] or _("Day off")


def whole_days(entry: Any) -> tuple[Any, Any]:
    """(first, last) or (None, None) for what begins at some time of a day. The end that stands there is the day after."""
    begins, ends, length = (value_of(entry, name) for name in ("DTSTART", "DTEND", "DURATION"))
    if not is_day(begins) or begins.year < 1900 or begins.year > 9000:
        return None, None
    if isinstance(length, timedelta) and DAY <= length <= LONGEST:
        ends = begins + length
    last = ends - DAY if is_day(ends) and ends.year > 1900 else begins
    return begins, max(last, begins)


def value_of(entry: Any, name: str) -> Any:
    return getattr(entry.get(name), "dt", None)


def is_day(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def is_yearly(rule: Any) -> bool:
    """Whether it names one day of a year, every so many years."""
    if not isinstance(rule, dict):
        return False
    one_each = all(len(rule.get(name, [0])) == 1 for name in KNOWN_RULES)
    if not one_each or not set(rule) <= KNOWN_RULES or str(rule.get("FREQ", [""])[0]).upper() != "YEARLY":
        return False
    steps = [int(rule.get(name, [1])[0]) for name in ("INTERVAL", "COUNT")]
    by_weekday = "BYDAY" not in rule or ("BYMONTH" in rule and "BYMONTHDAY" not in rule and ordinal(rule)[0] != 0)
    return min(steps) > 0 and by_weekday and isinstance(last_day(rule), date)


def repeated(rule: Any, first: date, years: range) -> Iterator[date]:
    """The day of each year, from its first on, till its last."""
    step = int(rule.get("INTERVAL", [1])[0])
    until = last_day(rule)
    last_year = first.year + step * (int(rule["COUNT"][0]) - 1) if "COUNT" in rule else 9000
    for year in years:
        day = (
            in_year(rule, first, year) if first.year <= year <= last_year and (year - first.year) % step == 0 else None
        )
        if day and first <= day <= until:
            yield day


def last_day(rule: Any) -> Any:
    """Of UNTIL, which may be no day at all."""
    until = rule.get("UNTIL", [date.max])[0]
    return until.date() if isinstance(until, datetime) else until


def in_year(rule: Any, first: date, year: int) -> date | None:
    month = int(rule.get("BYMONTH", [first.month])[0])
    if not 1 <= month <= 12:
        return None
    length = monthrange(year, month)[1]
    if "BYDAY" in rule:
        day = nth_weekday(year, month, *ordinal(rule))
    else:
        day = int(rule.get("BYMONTHDAY", [first.day])[0])
        day = day if day > 0 else length + 1 + day
    return date(year, month, day) if 1 <= day <= length else None


def ordinal(rule: Any) -> tuple[int, int]:
    """(2, 0) for 2MO, the second Monday; (-1, 0) for -1MO, the last; (0, ...) for every one."""
    text = str(rule["BYDAY"][0]).upper()
    number = text[:-2]
    fits = number.lstrip("+-").isdecimal() and len(number) <= 3 and text[-2:] in WEEKDAYS
    return (int(number), WEEKDAYS.index(text[-2:])) if fits else (0, 0)


def nth_weekday(year: int, month: int, nth: int, weekday: int) -> int:
    first, length = monthrange(year, month)
    days = list(range(1 + (weekday - first) % 7, length + 1, 7))
    at = nth - 1 if nth > 0 else len(days) + nth
    return days[at] if 0 <= at < len(days) else 0
