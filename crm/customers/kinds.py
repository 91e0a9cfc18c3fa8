"""Kinds of fields (see crm/web.py) that customers read."""

import unicodedata
from typing import Any

import phonenumbers
from flask_babel import get_locale
from flask_babel import gettext as _

from ..phones import as_e164, country_here
from ..web import Kind, Unfit, clean

MOST_NUMBERS = 10


def phone() -> Kind:
    """A number as E.164, or None for none."""

    def kind(value: Any) -> str | None:
        typed = clean(value or "", 50).strip()
        if not typed:
            return None
        number = as_e164(typed, country_here())
        if number is None:
            raise Unfit(_("Write the number with its country, such as +49 30 901820."))
        return number

    return kind


def phones() -> Kind:
    """Several numbers, one in a line, as E.164 without repeats; None when the field was not sent at all."""
    one = phone()

    def kind(value: Any) -> list[str] | None:
        if value is None:
            return None
        lines = [line for line in clean(value, 1_000).splitlines() if line.strip()]
        if len(lines) > MOST_NUMBERS:
            raise Unfit(_("Give at most %(max)d numbers.", max=MOST_NUMBERS))
        return list(dict.fromkeys(one(line) for line in lines))

    return kind


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
