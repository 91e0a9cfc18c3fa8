"""Telephone numbers: read as people type them, kept as E.164, written in the groups of their country."""

from functools import lru_cache

import phonenumbers
from flask import g


def country_here() -> str | None:
    """The country of numbers that are typed without one, as ISO 3166 writes it: the workspace's, when it has said so."""
    tenant = g.get("tenant")
    return (tenant.country or None) if tenant else None


LONGEST_EXTENSION = 5


def is_extension(typed: str) -> bool:
    """A few digits within a house, such as 201."""
    return typed.isascii() and typed.isdecimal() and len(typed) <= LONGEST_EXTENSION and typed[0] != "0"


def as_e164(typed: str, country: str | None = None) -> str | None:
    """+4930901820 of `+49 30 901820`, `0049 30 901820` or, in a `country`, `030 901820`; None for what is no number."""
    plain = typed.strip()
    if is_extension(plain):
        return None
    if plain.startswith("00"):
        plain = plain.replace("00", "+", 1)
    try:
        number = phonenumbers.parse(plain, country)
    except phonenumbers.NumberParseException:
        return None
    fits = phonenumbers.is_possible_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if fits else None


@lru_cache(maxsize=10_000)
def phone_as_written(number: str) -> str:
    """An E.164 number in the groups that its country writes: +493090182000 as +49 30 90182000."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
