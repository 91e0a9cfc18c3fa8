"""Kinds of fields for how files write amounts and yes or no, whoever's language they are in."""

import re
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from ..web import Kind, Unfit, clean
from .money import MOST, digits

AMOUNT = re.compile(r"\d{1,3}(?:[.,'’ \u00a0\u202f]?\d{3})*(?:[.,]\d{1,4})?|\d+(?:[.,]\d{1,4})?")
YES, NO = {"yes", "y", "true", "1", "x", "ja", "on", "active"}, {"no", "n", "false", "0", "nein", "off", "inactive"}


def amount(currency: str) -> Kind:
    """Whole smallest units of 1234.5, 1,234.50, 1.234,50 or $1234; the last sign with one or two digits after it is the
    point, three digits after a single sign are thousands, but in currencies that have three, such as KWD."""

    def kind(value: Any) -> int | None:
        typed = clean(value or "", 40).strip().removesuffix(currency).strip("$€£¥ \u00a0")
        if not typed:
            return None
        if not AMOUNT.fullmatch(typed):
            raise Unfit(_("Write an amount such as 12.50."))
        whole, point, rest = parted(typed, digits(currency))
        units = Decimal("".join(sign for sign in whole if sign.isdecimal()) + (f".{rest}" if point else "")).scaleb(
            digits(currency)
        )
        if units != int(units) or not 0 <= units <= MOST:
            raise Unfit(_("Write an amount such as 12.50."))
        return int(units)

    return kind


def parted(typed: str, places: int) -> tuple[str, str, str]:
    """What stands before the point, the point, and what stands behind it."""
    place = max(typed.rfind("."), typed.rfind(","))
    signs = sum(typed.count(sign) for sign in ".,")
    behind = len(typed) - place - 1
    if place < 0 or (behind == 3 != places and signs == 1) or (signs > 1 and typed.count(typed[place]) > 1):
        return typed, "", ""
    return typed[:place], typed[place], typed[place + 1 :]


def yes_or_no() -> Kind:
    def kind(value: Any) -> bool | None:
        typed = clean(value or "", 20).strip().lower()
        if typed and typed not in YES | NO:
            raise Unfit(_("Write yes or no."))
        return typed in YES if typed else None

    return kind


def percent(value: Any) -> int | None:
    """Hundredths of a percent."""
    typed = str(value or "").strip().rstrip("% ").replace(",", ".")
    if not typed:
        return None
    if not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", typed) or float(typed) > 100:
        raise Unfit(_("Write a number from 0 to 100."))
    return round(float(typed) * 100)
