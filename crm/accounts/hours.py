"""Opening hours as plain arithmetic: is it open, when again, and what a span of working time ends at.

Open is what the clock on the wall says: from 9 to 12 is open while it shows so, also where it is put forward or back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import count
from zoneinfo import ZoneInfo

Interval = tuple[int, int]  # minutes since midnight on the wall, [from, to), at most 1440
Span = tuple[datetime, datetime]

DAY = timedelta(days=1)
LOOKED_AHEAD = 5 * 366  # days without an open minute after which there is none
FARTHEST = 20 * 366  # days after which nobody waits any more: an open minute a week makes a walk of centuries


@dataclass(frozen=True)
class Calendar:
    """`week` holds the intervals of Monday to Sunday, in order and without overlaps; None is always open.

    `holidays` are days, first and last, on which nobody works.
    """

    zone: ZoneInfo
    week: tuple[tuple[Interval, ...], ...] | None = None
    holidays: tuple[tuple[date, date], ...] = ()

    def intervals(self, day: date) -> tuple[Interval, ...]:
        if self.week is None:
            return ((0, 1440),)
        return () if any(first <= day <= last for first, last in self.holidays) else self.week[day.weekday()]


def open_at(calendar: Calendar, moment: datetime) -> bool:
    """Whether somebody works at this aware moment."""
    there = moment.astimezone(calendar.zone)
    minute = there.hour * 60 + there.minute
    return calendar.week is None or any(start <= minute < end for start, end in calendar.intervals(there.date()))


def opens_next(calendar: Calendar, moment: datetime) -> datetime | None:
    """The first open moment from `moment` on; None when there is none in five years."""
    if calendar.week is None:
        return moment
    return next((max(start, moment) for start, _end in spans(calendar, moment)), None)


def add_working(calendar: Calendar, moment: datetime, seconds: float) -> datetime | None:
    """When that many seconds of open time after `moment` are over; for 0 it is `moment`. None when they are not within 20 years."""
    left = timedelta(seconds=seconds)
    if calendar.week is None or not left:
        return moment + left
    for start, end in spans(calendar, moment):
        here = end - max(start, moment)
        if here >= left:
            return max(start, moment) + left
        left -= here
    return None


def working_between(calendar: Calendar, since: datetime, until: datetime) -> float:
    """Seconds of open time in [since, until); 0 when `until` is not after `since`."""
    if until <= since:
        return 0.0
    if calendar.week is None:
        return (until - since).total_seconds()
    total = timedelta()
    for start, end in spans(calendar, since, until):
        total += min(end, until) - max(start, since)
    return total.total_seconds()


def spans(calendar: Calendar, since: datetime, until: datetime | None = None) -> Iterator[Span]:
    """The open spans that reach into [since, until), in order, in UTC; without `until` till none comes for five years."""
    if not any(calendar.week or ()):
        return
    first, empty = since.astimezone(calendar.zone).date() - DAY, 0
    for ahead in count():
        day = first + ahead * DAY
        found = [span for span in spans_of(calendar, day) if span[1] > since]
        if until and datetime.combine(day - DAY, time(), UTC) >= until:
            return
        yield from (span for span in found if until is None or span[0] < until)
        empty = 0 if found else empty + 1
        if empty > LOOKED_AHEAD or (until is None and ahead > FARTHEST):
            return


def spans_of(calendar: Calendar, day: date) -> Iterator[Span]:
    midnight = datetime.combine(day, time(), UTC)
    for start, end, distance in pieces(calendar.zone, day):
        for begins, ends in calendar.intervals(day):
            here = midnight - distance
            span = max(start, here + timedelta(minutes=begins)), min(end, here + timedelta(minutes=ends))
            if span[0] < span[1]:
                yield span


@lru_cache(maxsize=4096)
def pieces(zone: ZoneInfo, day: date) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """(from, to, distance from UTC) around the day of this zone: one, or two where the clock is put forward or back."""
    midnight = datetime.combine(day, time(), UTC)
    start, end = midnight - timedelta(hours=15), midnight + timedelta(hours=37)  # the day wherever on earth it is
    before, after = offset(zone, start), offset(zone, end)
    if before == after:
        return ((start, end, before),)
    moment = change(zone, start, end)
    return ((start, moment, before), (moment, end, after))


def change(zone: ZoneInfo, start: datetime, end: datetime) -> datetime:
    """The second at which the distance from UTC changes between the two."""
    before = offset(zone, start)
    while end - start > timedelta(seconds=1):
        middle = start + timedelta(seconds=(end - start) // timedelta(seconds=2))
        start, end = (middle, end) if offset(zone, middle) == before else (start, middle)
    return end


def offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def merged(intervals: list[Interval]) -> tuple[Interval, ...]:
    """In order, those that touch or overlap made one."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return tuple(found)


def without(intervals: tuple[Interval, ...], breaks: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """What is left of the open intervals of a day when the breaks are taken out."""
    left = list(intervals)
    for start, end in breaks:
        parts = [part for one in left for part in ((one[0], min(one[1], start)), (max(one[0], end), one[1]))]
        left = [part for part in parts if part[0] < part[1]]
    return merged(left)
