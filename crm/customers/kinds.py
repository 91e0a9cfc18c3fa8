"""Kinds of fields (see crm/web.py) that customers read."""

import unicodedata
from functools import lru_cache
from typing import Any

import phonenumbers
from flask_babel import get_locale
from flask_babel import gettext as _

from ..web import Kind, Unfit, clean


def phone() -> Kind:
    """A number as E.164, or None for none."""

    def kind(value: Any) -> str | None:
        typed = clean(value or "", 50).strip()
        if not typed:
            return None
        try:
            number = phonenumbers.parse(typed.replace("00", "+", 1) if typed.startswith("00") else typed)
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_possible_number(number):
            raise Unfit(_("Write the number with its country, such as +49 30 901820."))
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    return kind


@lru_cache(maxsize=10_000)
def phone_as_written(number: str) -> str:
    """An E.164 number in the groups that its country writes: +493090182000 as +49 30 90182000."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def country_names() -> list[tuple[str, str]]:
    """[(code, name in the reader's language)], by name."""
    names = get_locale().territories
    pairs = ((code, names.get(code, code)) for code in phonenumbers.SUPPORTED_REGIONS)
    return sorted(pairs, key=lambda pair: plain(pair[1]))


def plain(name: str) -> str:
    """Without accents, so that Österreich stands among the O."""
    return "".join(sign for sign in unicodedata.normalize("NFD", name) if not unicodedata.combining(sign)).lower()


def country() -> Kind:
    """A country as ISO 3166 writes it, such as DE; None for none."""

    def kind(value: Any) -> str | None:
        typed = clean(value or "", 10).strip().upper()
        if typed and typed not in phonenumbers.SUPPORTED_REGIONS:
            raise Unfit(_("Choose one of the offered countries."))
        return typed or None

    return kind
