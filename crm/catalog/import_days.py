"""Days as files write them."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _

from ..db import now
from ..tenancy import current_tenant
from ..web import Kind, Unfit, clean

PARTED = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{2}|\d{4})(?:[T ,]+(.+))?")
FIRST_YEAR = 1970


def day(order: str = "") -> Kind:
    """The moment of 2026-05-31, 2026-05-31T14:00Z, 31.5.2026 or, when `order` says dmy or mdy, 31/5/2026; without it only what
    cannot be mistaken. A day alone is its noon by the workspace's clock."""

    def kind(value: Any) -> datetime | None:
        typed = clean(value or "", 40).strip()
        if not typed:
            return None
        at = moment(typed, order)
        if at.tzinfo is None:
            at = at.replace(tzinfo=current_tenant.zone)
        if not FIRST_YEAR <= at.year <= now().year + 100:
            raise Unfit(_("Write a day such as 2026-05-31."))
        return at.astimezone(UTC)

    return kind


def past_day(order: str = "") -> Kind:
    """The same, for what has happened."""
    read = day(order)

    def kind(value: Any) -> datetime | None:
        at = read(value)
        if at and at > now() + timedelta(days=1):
            raise Unfit(_("This day has not come yet."))
        return at

    return kind


def moment(typed: str, order: str) -> datetime:
    try:
        found = PARTED.fullmatch(typed)
        if found and len(found[1]) < 4:
            return datetime.combine(parted_day(found, order), clock(found[5]) if found[5] else time(12))
        at = datetime.fromisoformat(typed.replace("/", "-"))
    except Unfit:
        raise
    except ValueError:
        raise Unfit(_("Write a day such as 2026-05-31.")) from None
    return at.replace(hour=12) if len(typed) <= 10 else at


def clock(typed: str) -> time:
    """14:03, 14:03:59 and 2:03 PM. Raises ValueError."""
    said = typed.strip().upper()
    half = said[-2:] if said.endswith(("AM", "PM")) else ""
    hours, _colon, rest = said.removesuffix(half).strip().partition(":")
    read = time.fromisoformat(f"{hours.zfill(2)}:{rest}")
    return read.replace(hour=read.hour % 12 + 12 * (half == "PM")) if half else read


def parted_day(found: "re.Match[str]", order: str) -> date:
    """Raises Unfit where the day and the month could be mistaken for each other."""
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    order = order or ("dmy" if found[2] == "." or first > 12 else "mdy" if second > 12 or first == second else "")
    if not order:
        raise Unfit(_("Is this the day before the month, or the month first? Say so where the columns are named."))
    day, month = (first, second) if order == "dmy" else (second, first)
    return date(year + 2000 if year < 100 else year, month, day)
