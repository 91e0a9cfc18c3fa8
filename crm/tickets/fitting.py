"""Which entries fit the words of a search best, without reading more of them than it takes.

A word is found as the tenant's language reduces it, and as a part of longer ones. How is written in the function
`find_entries` of the database, which asks in one round trip what took seven: see its migration.
"""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, String, Uuid, bindparam, cast, column, func, select
from sqlalchemy.dialects.postgresql import JSONB, REGCONFIG, TSQUERY

from ..db import TENANT, db, prepared
from ..finding import escaped, is_whole_phone
from .indexing import config
from .models.search import SHELF

MOST_WORDS = 5
SHORTEST_PART = 3  # below, trigrams do not help
CANDIDATES = 400  # the newest that fit, of which the best are shown
SHOWN = 25
LEXEME = re.compile(r"'([^']+)'")

WORDS: Any = ARRAY(String())
ASKED = bindparam("language", type_=REGCONFIG()), bindparam("words", type_=WORDS), bindparam("parts", type_=WORDS)
SIZES = [bindparam(name, type_=Integer()) for name in ("shelf", "candidates", "most")]
TOLD = column("ids", ARRAY(Uuid())), column("lexemes", WORDS), column("wholes", WORDS), column("forms", JSONB())
FITTING = prepared(select(func.find_entries(TENANT, *ASKED, *SIZES).table_valued(*TOLD, name="fitting")))


@dataclass(frozen=True)
class Found:
    """The ids of the best, the best first; the tsquery that marks what was found in them, and its words."""

    ids: list[UUID]
    marking: str
    seen: list[str]


def best(wanted: str) -> Found | None:
    """None when nothing fits. Parts are looked for when the words as they were written do not fill the page, but not those of
    the groups in which somebody writes a telephone number."""
    words = [part for word in wanted.split()[:MOST_WORDS] if (part := word.strip("#.,;:!?()\"'"))]
    if not words:
        return None
    groups = len(words) > 1 and is_whole_phone(wanted.strip())
    parts = [None if groups or len(word) < SHORTEST_PART else escaped(word.lower()) for word in words]
    values = {"language": config().value, "words": words, "parts": parts, "shelf": SHELF}
    found = db.session.execute(FITTING, values | {"candidates": CANDIDATES, "most": SHOWN}).one()
    return marked(found) if found.ids else None


def marked(found: Any) -> Found:
    """With what is to be marked: of what was looked for, that which is there."""
    there, wholes = set(found.lexemes), found.wholes
    forms = [[form for form in some if form in there] for some in found.forms]
    marking = " & ".join(either(whole, some) for whole, some in zip(wholes, forms, strict=True))
    seen = [
        word
        for whole, some in zip(wholes, forms, strict=True)
        for word in [*LEXEME.findall(whole), *some]
        if word in there
    ]
    return Found(found.ids, marking, list(dict.fromkeys(seen)))


def either(whole: str, forms: list[str]) -> str:
    """A tsquery of what the language makes of a word, and of words that have it in them."""
    return "(" + " | ".join([f"({whole})"] * bool(whole) + [quoted(form) for form in forms]) + ")"


def tsquery(name: str) -> Any:
    return cast(bindparam(name, type_=String()), TSQUERY)


def quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
