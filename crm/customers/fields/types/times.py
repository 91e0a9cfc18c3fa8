"""Dates, times of day, and moments."""

import re
from datetime import UTC, date, datetime, time
from typing import Any

from babel.dates import get_datetime_format
from flask_babel import format_date, format_time, get_locale, to_user_timezone, to_utc
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ....web import Unfit, clean
from .field_type import Field, FieldType

FIRST, LAST = 1000, 9000  # beyond, some reader's calendar or zone has no such day
DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\Z")


class Date(FieldType):
    word = _l("Date")
    column = "moment"

    def read(self, raw: Any, field: Field) -> str | None:
        typed = raw.isoformat()[:10] if isinstance(raw, date) else clean(raw or "", 40).strip()
        if not typed:
            return None
        if german := DAY_FIRST.match(typed):
            typed = "{2}-{1:0>2}-{0:0>2}".format(*german.groups())
        try:
            found = date.fromisoformat(typed) if len(typed) <= 10 else datetime.fromisoformat(typed).date()
        except ValueError:
            raise Unfit(_("Write a date such as 2026-03-31.")) from None
        return within(found).isoformat()

    def keys(self, value: Any) -> list[Any]:
        return [datetime.combine(date.fromisoformat(value), time(), UTC)]

    def show(self, value: Any, field: Field) -> str:
        return format_date(date.fromisoformat(value))

    def typed(self, value: Any, field: Field) -> str:
        return str(value)

    def plain(self, value: Any, field: Field) -> Any:
        return date.fromisoformat(value)


class Moment(FieldType):
    """A moment, kept in UTC; without a zone it is meant in the reader's."""

    word = _l("Date and time")
    column = "moment"

    def read(self, raw: Any, field: Field) -> str | None:
        typed = raw.isoformat() if isinstance(raw, datetime) else clean(raw or "", 40).strip()
        if not typed:
            return None
        try:
            found = datetime.fromisoformat(typed)
            within(found)
            found = found.astimezone(UTC) if found.tzinfo else to_utc(found).replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise Unfit(_("Write a date and a time such as 2026-03-31 14:30.")) from None
        return found.replace(microsecond=0).isoformat()

    def keys(self, value: Any) -> list[Any]:
        return [datetime.fromisoformat(value)]

    def show(self, value: Any, field: Field) -> str:
        moment = datetime.fromisoformat(value)
        joined = str(get_datetime_format("medium", locale=get_locale())).replace("'", "")
        return joined.format(format_time(moment, "short"), format_date(to_user_timezone(moment)))

    def neutral(self, value: Any, field: Field) -> str:
        return str(value)

    def typed(self, value: Any, field: Field) -> str:
        return to_user_timezone(datetime.fromisoformat(value)).strftime("%Y-%m-%dT%H:%M")

    def plain(self, value: Any, field: Field) -> Any:
        """In the reader's zone, which a spreadsheet does not know."""
        return to_user_timezone(datetime.fromisoformat(value)).replace(tzinfo=None)


class TimeOfDay(FieldType):
    word = _l("Time of day")
    column = "number"

    def read(self, raw: Any, field: Field) -> str | None:
        typed = raw.isoformat() if isinstance(raw, time) else clean(raw or "", 20).strip()
        if not typed:
            return None
        try:
            found = time.fromisoformat(typed.zfill(5))
        except ValueError:
            raise Unfit(_("Write a time such as 14:30.")) from None
        return found.strftime("%H:%M")

    def keys(self, value: Any) -> list[Any]:
        found = time.fromisoformat(value)
        return [found.hour * 60 + found.minute]

    def show(self, value: Any, field: Field) -> str:
        return format_time(time.fromisoformat(value), "short", rebase=False)

    def typed(self, value: Any, field: Field) -> str:
        return str(value)

    def plain(self, value: Any, field: Field) -> Any:
        return value


def within(found: date) -> date:
    if not FIRST <= found.year <= LAST:
        raise Unfit(_("Choose a year from %(first)d to %(last)d.", first=FIRST, last=LAST))
    return found
