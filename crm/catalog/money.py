"""Amounts: whole numbers of a currency's smallest unit. Shown and read as the reader's language writes them.

Rounding happens in one place, `share`: half up, as tradespeople do it, once for each line and never for a sum.
"""

import re
from copy import copy
from decimal import Decimal
from functools import cache
from typing import Any

from babel import Locale
from babel.numbers import NumberFormatError, format_decimal, parse_decimal
from flask_babel import get_locale
from flask_babel import gettext as _

from ..locale import set_apart
from ..web import Kind, Unfit, clean

MOST = 10**12  # of one price, in the smallest unit; with quantities up to a million no sum leaves a bigint
MOST_RATE = 10**9
WHOLE_RATE = 10_000  # 100 % in hundredths of a percent
# Digits after the point as ISO 4217 has them; all others have two. (Babel's own are those of cash in shops.)
DIGITS = dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
DIGITS |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3) | {"CLF": 4, "UYW": 4}
WRITTEN = re.compile(r"[0-9][0-9.,'’\u00a0\u202f ]*\Z")


def digits(currency: str) -> int:
    return DIGITS.get(currency, 2)


def share(amount: int, part: int, whole: int) -> int:
    """`part`/`whole` of an amount that is not negative, rounded half up."""
    return (2 * amount * part + whole) // (2 * whole)


def as_decimal(amount: int, currency: str) -> Decimal:
    return Decimal(amount).scaleb(-digits(currency))


def shown(amount: int, currency: str) -> str:
    """Such as €1,234.50 or 1.234,50 €."""
    found = pattern(str(get_locale()), digits(currency)).apply(
        as_decimal(amount, currency), get_locale(), currency=currency, currency_digits=False
    )
    return set_apart(found)


@cache
def pattern(language: str, after_point: int) -> Any:
    found = copy(Locale.parse(language).currency_formats["standard"])
    found.frac_prec = (after_point, after_point)
    return found


def in_field(amount: int | None, currency: str) -> str:
    """As a form's field shows it and takes it back: without the currency."""
    if amount is None:
        return ""
    places = digits(currency)
    return format_decimal(as_decimal(amount, currency), "#,##0" + ("." + "0" * places if places else ""), get_locale())


def money(currency: str, optional: bool = False) -> Kind:
    """An amount of `currency` from 0, as the reader's language writes it, in smallest units; None for none."""

    def kind(value: Any) -> int | None:
        typed = clean(value or "", 60).strip()
        if optional and not typed:
            return None
        example = in_field(123450, currency)
        if (read := number(typed)) is None:
            raise Unfit(_("Write the amount as %(example)s.", example=example))
        units = read.scaleb(digits(currency))
        if units != int(units):
            raise Unfit(_("%(currency)s has no such small coins. Write the amount as %(example)s.",
                          currency=currency, example=example))  # fmt: skip
        if units > MOST:
            raise Unfit(_("This is more than can be kept. At most %(most)s.", most=shown(MOST, currency)))
        return int(units)

    return kind


def percent(optional: bool = False) -> Kind:
    """Such as 19 or 7,5 as the reader's language writes it, up to 100, in hundredths of a percent."""

    def kind(value: Any) -> int | None:
        typed = clean(value or "", 20).strip().removesuffix("%").strip()
        if optional and not typed:
            return None
        read = number(typed)
        if read is None or read > 100 or read * 100 != int(read * 100):
            raise Unfit(_("Write a percentage from 0 to 100, such as %(example)s.", example=percent_in_field(750)))
        return int(read * 100)

    return kind


def percent_in_field(rate: int | None) -> str:
    return "" if rate is None else format_decimal(Decimal(rate).scaleb(-2), "0.##", get_locale())


def rate(optional: bool = False) -> Kind:
    """What one unit of a currency is worth in another, with up to ten digits after the point."""

    def kind(value: Any) -> Decimal | None:
        typed = clean(value or "", 40).strip()
        if optional and not typed:
            return None
        read = number(typed)
        if read is None or not 0 < read < MOST_RATE or read != round(read, 10):
            example = format_decimal(Decimal("1.0825"), "0.####", get_locale())
            raise Unfit(_("Write the rate as %(example)s.", example=example))
        return read

    return kind


def rate_in_field(rate: Decimal | None) -> str:
    return "" if rate is None else format_decimal(rate, "0.##########", get_locale())


def number(typed: str) -> Decimal | None:
    """What a person wrote as a number, or None. Points and commas mean what they mean in the reader's language."""
    if len(typed) > 30 or not WRITTEN.match(typed):
        return None
    try:
        return parse_decimal(typed.replace(" ", "\u00a0"), get_locale(), strict=True)
    except NumberFormatError:
        return None
