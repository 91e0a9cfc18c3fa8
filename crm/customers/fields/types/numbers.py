"""Numbers, money, yes or no."""

import re
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from flask_babel import format_currency, format_decimal, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ....locale import set_apart
from ....web import Unfit, clean
from .field_type import Field, FieldType

MILLION = 1_000_000
PLACES = 6
DIGITS = 15  # as many as JSON and every spreadsheet keep
LARGEST = Decimal(10) ** 12
WRITTEN = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?\Z")
YES = {"yes", "true", "1", "on", "y", "ja", "wahr", "j"}
NO = {"no", "false", "0", "off", "n", "nein", "falsch"}


class Number(FieldType):
    word = _l("Number")
    column = "number"

    def read(self, raw: Any, field: Field) -> int | float | None:
        found = decimal(raw)
        if found is None:
            return None
        if abs(found) >= LARGEST or places(found) > PLACES or len(found.normalize().as_tuple().digits) > DIGITS:
            raise Unfit(_("Write a smaller number, with at most 6 places after the point."))
        return int(found) if found == int(found) else float(found)

    def keys(self, value: Any) -> list[Any]:
        return [int(Decimal(str(value)) * MILLION)]

    def show(self, value: Any, field: Field) -> str:
        return format_decimal(value, "#,##0.######")

    def typed(self, value: Any, field: Field) -> str:
        return format_decimal(value, "0.######")

    def plain(self, value: Any, field: Field) -> Any:
        return value

    def neutral(self, value: Any, field: Field) -> Decimal:
        return Decimal(str(self.plain(value, field)))


class Money(Number):
    """Minor units of the field's currency. A program sends these as a whole number; text and a Decimal are major units."""

    word = _l("Money")

    def read(self, raw: Any, field: Field) -> int | None:
        if isinstance(raw, int) and not isinstance(raw, bool):
            found = Decimal(raw)
        else:
            written = decimal(raw)
            if written is None:
                return None
            found = written.scaleb(precision(field))
        if abs(found) >= LARGEST or found != int(found):
            raise Unfit(_("Write an amount such as %(example)s.", example=self.show(123450, field)))
        return int(found)

    def keys(self, value: Any) -> list[Any]:
        return [value]

    def show(self, value: Any, field: Field) -> str:
        return set_apart(format_currency(major(value, field), field.currency))

    def typed(self, value: Any, field: Field) -> str:
        return format_decimal(major(value, field), "0." + "0" * precision(field) if precision(field) else "0")

    def plain(self, value: Any, field: Field) -> Any:
        return major(value, field)


class YesNo(FieldType):
    word = _l("Yes or no")
    column = "number"

    def read(self, raw: Any, field: Field) -> bool | None:
        if isinstance(raw, bool) or raw is None:
            return raw
        typed = clean(str(raw), 20).strip().casefold()
        if typed and typed not in YES | NO:
            raise Unfit(_("Say yes or no."))
        return typed in YES if typed else None

    def keys(self, value: Any) -> list[Any]:
        return [int(value)]

    def show(self, value: Any, field: Field) -> str:
        return _("Yes") if value else _("No")

    def typed(self, value: Any, field: Field) -> str:
        return "yes" if value else "no"


def precision(field: Field) -> int:
    return get_currency_precision(field.currency or "EUR")


def major(value: Any, field: Field) -> Decimal:
    return Decimal(value).scaleb(-precision(field))


def places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else PLACES + 1


def decimal(raw: Any) -> Decimal | None:
    """What somebody wrote as a number: 1,234.5 and 1.234,5 alike. Raises Unfit."""
    if raw is None or raw == "":
        return None
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise Unfit(_("Write a number."))
    written = pointed(
        re.sub(r"[\s'’_\u00a0\u202f]", "", clean(f"{raw:f}" if isinstance(raw, Decimal) else str(raw), 60)),
        isinstance(raw, str),
    )
    if not written:
        return None
    if not WRITTEN.match(written):
        raise Unfit(_("Write a number."))
    return Decimal(written)


def pointed(written: str, by_a_person: bool) -> str:
    """With a point before its fraction and nothing between thousands.

    Of two kinds of signs the last one is the point. A single one is what the reader's language says, if three digits follow.
    """
    signs = [sign for sign in written if sign in ".,"]
    if not signs or not by_a_person:
        return written
    last = signs[-1]
    groups = last in grouping() and re.fullmatch(rf"[+-]?\d{{1,3}}(\{last}\d{{3}})+", written)
    if len(set(signs)) == 1 and (len(signs) > 1 or groups):
        return written.replace(last, "")
    return written.replace({".": ",", ",": "."}[last], "").replace(last, ".")


def grouping() -> str:
    """What stands between thousands in the reader's language."""
    return str(get_locale().number_symbols["latn"]["group"]) if get_locale() else ","
