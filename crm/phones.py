"""Telephone numbers: read as people type them, kept as E.164, written in the groups of their country."""

import re
from functools import cache, lru_cache

import phonenumbers
from flask import g


def country_here() -> str | None:
    """The country of numbers that are typed without one, as ISO 3166 writes it: the workspace's, when it has said so."""
    tenant = g.get("tenant")
    return (tenant.country or None) if tenant else None


LONGEST_EXTENSION = 5
SIGNS_BETWEEN = str.maketrans("", "", "+- ")
WITH_COUNTRY = re.compile(r"\+[1-9](?:[ -]?[0-9]){6,16}\Z", re.ASCII)


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
    if WITH_COUNTRY.match(plain) and (found := at_first_sight(plain)):
        return found
    try:
        number = phonenumbers.parse(plain, country)
    except phonenumbers.NumberParseException:
        return None
    fits = phonenumbers.is_possible_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if fits else None


def at_first_sight(plain: str) -> str | None:
    """What `phonenumbers` makes of a number with its country, in a tenth of the time; None for what it must look at."""
    digits = plain.translate(SIGNS_BETWEEN)
    for length in (1, 2, 3):
        country, national = digits[:length], digits[length:]
        if known := lengths_of(int(country)):
            prefix, lengths = known
            sure = len(national) in lengths and national[0] != "0" and not (prefix and prefix.match(national))
            return f"+{digits}" if sure else None
    return None


@cache
def lengths_of(country: int) -> tuple[re.Pattern[str] | None, tuple[int, ...]] | None:
    """Of the numbers of a calling code: what may stand before them within the country, and how long they are."""
    region = phonenumbers.region_code_for_country_code(country)
    known = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(country, region)
    if known is None or known.general_desc is None:
        return None
    prefix = known.national_prefix_for_parsing
    return re.compile(prefix) if prefix else None, tuple(known.general_desc.possible_length)


@lru_cache(maxsize=10_000)
def phone_as_written(number: str) -> str:
    """An E.164 number in the groups that its country writes: +493090182000 as +49 30 90182000."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
