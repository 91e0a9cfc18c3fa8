"""Whose language and clock a page speaks: the signed-in person's, else the browser's among the tenant's."""

import re
from typing import Any

from babel.units import format_unit
from flask import Flask, g, has_request_context, request
from flask_babel import force_locale, format_datetime, get_domain, get_locale

LANGUAGES = ["en", "de"]
LETTER_AND_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


def read_ahead(app: Flask) -> None:
    """Read what is known of each language, some 13 MiB, before processes part, so that they share it."""
    for language in LANGUAGES:
        with app.test_request_context(), force_locale(language):
            format_datetime()
            get_domain().get_translations()


def locale() -> str | None:
    if not has_request_context():
        return g.get("language") or offered()[0]
    reader = person()
    wishes = [request.args.get("lang"), getattr(reader, "language", None), wished_by_browser()]
    return next((wish for wish in wishes if wish in spoken_with(reader)), offered()[0])


def wished_by_browser() -> str | None:
    """The first of the browser's languages that is offered; de-AT is German."""
    wishes = (language.partition("-")[0].lower() for language, quality in request.accept_languages if quality)
    return next((wish for wish in wishes if wish in offered()), None)


def language_of(reader: Any) -> str:
    """What a mail to this person is written in."""
    return reader.language if reader.language in spoken_with(reader) else offered()[0]


def spoken_with(reader: Any) -> list[str]:
    """Employees choose among all languages, everybody else among those that the tenant offers."""
    return LANGUAGES if getattr(reader, "kind", "") == "employee" else offered()


def offered() -> list[str]:
    """The tenant's languages, its own first."""
    tenant = g.get("tenant")
    if tenant is None:
        return LANGUAGES
    return [tenant.language, *(language for language in tenant.languages if language != tenant.language)]


def zone() -> str | None:
    chosen = getattr(person(), "time_zone", None) if has_request_context() else None
    tenant = g.get("tenant")
    return chosen or (tenant.time_zone if tenant else "UTC")


def file_size(size: int) -> str:
    """Such as 340 kB or 1.2 MB, as the reader's language writes it."""
    units = (("megabyte", 1_000_000), ("kilobyte", 1_000), ("byte", 1))
    unit, bytes_each = next((pair for pair in units if size >= pair[1]), units[-1])
    amount = round(size / bytes_each, 1 if unit == "megabyte" else 0)
    return format_unit(amount, f"digital-{unit}", length="short", locale=get_locale())


def set_apart(amount: str) -> str:
    """CHF 13.75 for CHF13.75, as CLDR wants it where a currency has no sign but letters; Babel leaves that out."""
    return LETTER_AND_DIGIT.sub("\u00a0", amount)


def person() -> Any:
    from .web import actor

    return actor()
