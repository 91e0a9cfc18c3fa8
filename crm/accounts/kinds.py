"""Kinds of fields (see crm/web.py) that accounts and settings read."""

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from babel.core import Locale, get_global
from babel.dates import get_timezone_location
from flask_babel import get_locale, get_timezone, to_user_timezone, to_utc
from flask_babel import gettext as _

from ..locale import LANGUAGES
from ..tenancy import ROOT, SLUG
from ..web import Kind, Unfit, clean, text

PASSWORD_LENGTH = 10
# What a stranger tries first; guessing on is slowed down by the rate limits of signing in.
WORDS = "password|passwort|letmein|welcome|willkommen|iloveyou"
COMMON = re.compile(rf"(.)\1*|(?:0?123456789)+0?\d*|qwert\w*|(?:{WORDS})\W*\d*\W*", re.IGNORECASE)
COLOUR = re.compile(r"#[0-9a-f]{6}\Z")
HOST = re.compile(r"(?:\*\.)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\Z")
MOST_SITES = 50
FIRST_YEAR, LAST_YEAR = 2000, 2200  # beyond, some reader's clock has no such day


def password() -> Kind:
    """A password as typed at sign-in: spaces count, and nothing is said about its quality."""
    return lambda value: clean(value or "", 1000)


def new_password() -> Kind:
    def kind(value: Any) -> str:
        chosen = clean(value or "", 200)
        if len(chosen) < PASSWORD_LENGTH:
            raise Unfit(_("Choose at least %(count)d characters. A short sentence is good.", count=PASSWORD_LENGTH))
        if COMMON.fullmatch(chosen):
            raise Unfit(_("This password is among the first that a stranger would try. Choose another."))
        return chosen

    return kind


def slug() -> Kind:
    """The tenant's part of every address."""

    def kind(value: Any) -> str:
        chosen = clean(value or "", 200).strip().lower()
        if not SLUG.match(chosen):
            raise Unfit(_("Use 1 to 40 small letters, digits and hyphens, such as acme or north-light."))
        if chosen in ROOT:
            raise Unfit(_("This address is kept for the server itself. Choose another."))
        return chosen

    return kind


def time_zone(optional: bool = False) -> Kind:
    def kind(value: Any) -> str | None:
        if optional and value in (None, ""):
            return None
        if value not in time_zones():
            raise Unfit(_("Choose one of the offered time zones."))
        return value

    return kind


def currency() -> Kind:
    def kind(value: Any) -> str:
        if value not in currencies():
            raise Unfit(_("Choose one of the offered currencies."))
        return value

    return kind


def colour() -> Kind:
    def kind(value: Any) -> str:
        chosen = clean(value or "", 20).strip().lower()
        if not COLOUR.match(chosen):
            raise Unfit(_("Write the colour as six digits, such as #2457c5."))
        return chosen

    return kind


def sites() -> Kind:
    """Web origins, one in a line, as a list without repeats. They end up in a header, so nothing else passes."""

    def kind(value: Any) -> list[str]:
        lines = text(max=10_000, optional=True)(value).split()
        if len(lines) > MOST_SITES:
            raise Unfit(_("Give at most %(max)d sites.", max=MOST_SITES))
        return list(dict.fromkeys(origin(line) for line in lines))

    return kind


def origin(line: str) -> str:
    """`https://shop.example.com` of whatever address of the site was pasted. Raises Unfit."""
    try:
        parts = urlsplit(line if "://" in line else f"https://{line}")
        host = (parts.hostname or "").encode("idna").decode() if "*" not in line else (parts.hostname or "")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # UnicodeError is one
        host = port = ""
    if parts_fit(line, host) and parts.scheme in ("http", "https"):
        return f"{parts.scheme}://{host}{port}"
    raise Unfit(_("“%(line)s” is not a web address such as https://shop.example.com.", line=line[:80]))


def parts_fit(line: str, host: str) -> bool:
    return bool(HOST.match(host)) and "@" not in line and ".." not in host


def language_names() -> list[tuple[str, str]]:
    """[(code, its own name)] of the languages that pages are written in."""
    return [(code, str(Locale(code).get_language_name(code)).capitalize()) for code in LANGUAGES]


@cache
def time_zones() -> list[str]:
    """The zones that people live in, without historic spellings."""
    areas = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
    return ["UTC", *sorted(zone for zone in available_timezones() if zone.split("/")[0] in areas)]


@cache
def zone_names(language: str) -> list[tuple[str, str]]:
    """[(zone, its city in this language)]."""
    return [(zone, get_timezone_location(zone, locale=language, return_city=True)) for zone in time_zones()]


def clock() -> str:
    """The zone by which the reader's page writes and reads times."""
    return str(get_timezone())


def clock_name() -> str:
    """Its city, in the reader's language."""
    zone = clock()
    return dict(zone_names(str(get_locale()))).get(zone, zone)


@cache
def currencies() -> list[str]:
    """Every currency that is legal tender somewhere today."""
    used = get_global("territory_currencies").values()
    return sorted({code for spans in used for code, _since, until, tender in spans if tender and until is None})


def moment(required: bool = False) -> Kind:
    """A date and time in the reader's zone as a browser's field sends it, or nothing. An aware datetime or None."""

    def kind(value: Any) -> datetime | None:
        if value in (None, "") and not required:
            return None
        try:
            chosen = datetime.fromisoformat(clean(value or "", 20))
        except ValueError:
            chosen = datetime.min
        if not FIRST_YEAR <= chosen.year <= LAST_YEAR:
            raise Unfit(_("Choose a day and a time."))
        return to_utc(chosen).replace(tzinfo=UTC)

    return kind


def as_field(at: datetime | None) -> str:
    """A moment as a browser's field for a date and a time takes it, in the reader's zone."""
    return to_user_timezone(at).strftime("%Y-%m-%dT%H:%M") if at else ""
