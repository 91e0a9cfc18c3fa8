"""What a person reads on a page, and in which language it is: for tests."""

import html
import re
from collections.abc import Iterator
from functools import cache

from crm.ops import messages

NAMES = {"Support", "Sales"}  # departments of the tests, which are also words
SPOKEN = re.compile(
    r'\b(?:title|alt|placeholder|aria-label|data-(?:copied|one|many|word|remove|lost|offline))="([^"]*)"'
)
SILENT = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->", re.DOTALL)


def texts(page: str) -> Iterator[str]:
    """Everything a person reads or hears, piece by piece."""
    page = SILENT.sub("", page)
    for piece in [*SPOKEN.findall(page), *re.split(r"<[^>]*>", page)]:
        if plain := " ".join(html.unescape(piece).split()):
            yield plain


@cache
def german() -> dict[str, str]:
    """{English: German}, each form of a plural for itself."""
    catalog = messages.read(messages.FOLDER / "de" / "LC_MESSAGES" / "messages.po")
    pairs = (zip(messages.forms(one.id), messages.forms(one.string), strict=True) for one in catalog if one.id)
    return {english: translation for both in pairs for english, translation in both}


def pattern(text: str) -> str:
    """Whatever stands in the place of the placeholders."""
    return ".+".join(map(re.escape, messages.PLACEHOLDER.split(text)))


@cache
def english_only() -> re.Pattern[str]:
    """Every English text that reads otherwise in German, with anything in its placeholders."""
    found = [english for english, translation in german().items() if english != translation]
    return re.compile("|".join(f"(?:{pattern(text)})" for text in found))


def english_in(page: str) -> list[str]:
    return [text for text in texts(page) if text not in NAMES and english_only().fullmatch(text)]


def assert_german(page: str) -> None:
    assert language_of(page) == "de"
    assert_german_words(page)


def assert_german_words(part: str) -> None:
    left = english_in(part)
    assert left == [], left
    assert set(texts(part)) & set(german().values())


def assert_english(page: str) -> None:
    assert language_of(page) == "en" and english_in(page)


def language_of(page: str) -> str | None:
    found = re.search(r'<html lang="([^"]*)"', page)
    return found and found[1]
