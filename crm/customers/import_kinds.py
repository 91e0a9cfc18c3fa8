"""Kinds of fields for what files write in words where a form offers a choice: countries, languages, stages."""

import re
from difflib import get_close_matches
from functools import cache
from typing import Any

import phonenumbers
from babel import Locale
from flask_babel import gettext as _

from ..locale import LANGUAGES
from ..web import Kind, Unfit, clean
from .kinds import country, plain
from .models import STAGES

PARTED = re.compile(r":::|[,;\n]")
EVERYBODYS = ("* mycontacts", "* my contacts", "* starred")  # Google's own groups, which say nothing of anybody
ALIKE = 0.88  # of the letters, for a name that is spelled wrong
SHORT_NAMES = {
    "usa": "US",
    "u s a": "US",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "korea": "KR",
    "holland": "NL",
}
# The words of other programs, and of people.
STAGE_WORDS = {
    "lead": "lead subscriber other new interessent",
    "prospect": "prospect opportunity mql sql marketingqualifiedlead salesqualifiedlead qualified",
    "customer": "customer evangelist client kunde active",
    "former": "former churned lost inactive ehemalig",
}


def country_by_name() -> Kind:
    """A country as ISO 3166 writes it or by its name in English or a language of ours, also when a letter is wrong."""
    by_code = country()

    def kind(value: Any) -> str | None:
        typed = clean(value or "", 100).strip()
        if len(typed) <= 2:
            return by_code(typed)
        code = code_of(plain(typed))
        if code is None:
            raise Unfit(_("There is no country called “%(name)s”.", name=typed))
        return code

    return kind


@cache
def names_of_countries() -> dict[str, str]:
    names = {plain(name): code for language in ("de", *LANGUAGES) for code, name in Locale(language).territories.items()
             if code in phonenumbers.SUPPORTED_REGIONS}  # fmt: skip
    return names | SHORT_NAMES


@cache
def code_of(name: str) -> str | None:
    names = names_of_countries()
    if name in names:
        return names[name]
    close = get_close_matches(name, names, n=2, cutoff=ALIKE)
    codes = {names[one] for one in close}
    return codes.pop() if len(codes) == 1 else None


def language_by_name() -> Kind:
    def kind(value: Any) -> str | None:
        typed = plain(clean(value or "", 60).strip())
        if not typed:
            return None
        names = {plain(str(Locale(code).get_language_name(other))): code for code in LANGUAGES for other in LANGUAGES}
        code = names.get(typed) or typed.replace("_", "-").partition("-")[0]
        if code not in LANGUAGES:
            raise Unfit(_("“%(name)s” is none of the languages in use.", name=typed))
        return code

    return kind


def listed(kind: Kind) -> Kind:
    """Several values in a cell, as programs part them: by lines, commas, semicolons or, as Google does, by `:::`."""

    def several(value: Any) -> Any:
        parts = (part.strip() for part in PARTED.split(clean(value or "", 4_000)))
        return kind("\n".join(part.removeprefix("* ") for part in parts if part and part.lower() not in EVERYBODYS))

    return several


def stage_by_name() -> Kind:
    known = {word: stage for stage, words in STAGE_WORDS.items() for word in words.split()}

    def kind(value: Any) -> str | None:
        typed = clean(value or "", 60).strip()
        if not typed:
            return None
        found = known.get("".join(sign for sign in typed.lower() if sign.isalnum()))
        if found not in STAGES:
            raise Unfit(_("“%(name)s” is no stage. Write lead, prospect, customer or former.", name=typed))
        return found

    return kind
