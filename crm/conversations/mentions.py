"""Colleagues who are named in a note: `@Anna Lang`, or `@anna` where only one can be meant."""

import re
from collections import defaultdict
from collections.abc import Iterable

from markupsafe import Markup, escape
from sqlalchemy import select

from ..accounts.models import Employee
from ..db import db


def mentioned(text: str) -> dict[str, str]:
    """{employee's id: their name as it was written} of everybody whom `text` names after an @."""
    if "@" not in text:
        return {}
    names = meant_by()
    return {id: found[1] for found in pattern(names).finditer(text) for id in names[found[1].lower()]}


def meant_by() -> dict[str, list[str]]:
    """{what one may write, in small letters: ids}: whole names, and first names and the beginning of an address where
    one colleague alone has it."""
    query = select(Employee.id, Employee.name, Employee.email).where(Employee.deactivated_at.is_(None))
    whole, short = defaultdict(list), defaultdict(set)
    for id, name, email in db.session.execute(query).all():
        whole[name.lower()].append(str(id))
        for part in (name.lower().partition(" ")[0], (email or "").partition("@")[0].lower()):
            short[part].add(str(id))
    return {name: ids for name, ids in {**alone(short), **whole}.items() if name}


def alone(short: dict[str, set[str]]) -> dict[str, list[str]]:
    return {name: list(ids) for name, ids in short.items() if len(ids) == 1}


def pattern(names: Iterable[str]) -> re.Pattern[str]:
    """An @ with one of `names`, the longest first, that stands by itself: no part of an address."""
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<!\w)@({'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)


def with_mentions(text: str, mentions: dict[str, str]) -> Markup:
    """HTML in which the names of `mentions` are set off, each with the id of whom it means. Plain text is escaped."""
    known = {str(escape(name)).lower(): id for id, name in mentions.items()}

    def mark(found: re.Match[str]) -> str:
        return f'<span class="mention" data-person="{known[found[1].lower()]}">{found[0]}</span>'

    return Markup(pattern(known).sub(mark, str(escape(text))))  # noqa: S704  (escaped above)
