"""Kinds of fields (see crm/web.py) that customers read."""

import re
import unicodedata
from typing import Any

import phonenumbers
from flask_babel import get_locale
from flask_babel import gettext as _

from ..phones import as_e164, country_here
from ..web import Kind, Unfit, clean, email

MOST_NUMBERS = 10
MOST_TAGS = 30
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\Z")


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


def emails() -> Kind:
    """Several addresses, one in a line, without repeats; None when the field was not sent at all."""
    one = email()

    def kind(value: Any) -> list[str] | None:
        if value is None:
            return None
        lines = [line for line in clean(value, 4_000).splitlines() if line.strip()]
        if len(lines) > MOST_NUMBERS:
            raise Unfit(_("Give at most %(max)d addresses.", max=MOST_NUMBERS))
        return list(dict.fromkeys(one(line) for line in lines))

    return kind


def tags() -> Kind:
    """Several words with commas between, in small letters and without repeats; None when the field was not sent."""

    def kind(value: Any) -> list[str] | None:
        if value is None:
            return None
        words = [" ".join(word.lower().split()) for word in clean(value, 2_000).replace("\n", ",").split(",")]
        words = list(dict.fromkeys(word for word in words if word))
        if len(words) > MOST_TAGS:
            raise Unfit(_("Give at most %(max)d tags.", max=MOST_TAGS))
        if any(len(word) > 40 for word in words):
            raise Unfit(_("A tag has at most %(max)d characters.", max=40))
        return words

    return kind


def domain() -> Kind:
    """A company's domain in small letters, also of an address that was pasted; None for none."""

    def kind(value: Any) -> str | None:
        typed = clean(value or "", 300).strip().lower()
        if not typed:
            return None
        host = typed.partition("://")[2] or typed
        host = host.partition("/")[0].partition("@")[2] or host.partition("/")[0]
        try:
            host = host.removeprefix("www.").encode("idna").decode()
        except UnicodeError:
            host = ""
        if not DOMAIN.match(host):
            raise Unfit(_("Write a domain such as example.com."))
        return host

    return kind


def web_address() -> Kind:
    """A page on the web, which may be typed without https://; None for none."""

    def kind(value: Any) -> str | None:
        typed = clean(value or "", 300).strip()
        if not typed:
            return None
        address = typed if "://" in typed else f"https://{typed}"
        if not re.match(r"https?://[^\s/@\\]+\.[^\s/@\\]+(?:/\S*)?\Z", address, re.IGNORECASE):
            raise Unfit(_("Write a web address such as https://example.com."))
        return address

    return kind


def none_for_nothing(kind: Kind) -> Kind:
    """The same, but None where nothing was typed."""
    return lambda value: kind(value) or None


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
