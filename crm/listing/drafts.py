"""A filter while somebody makes it: not every condition has a value yet."""

from dataclasses import dataclass
from secrets import randbelow
from typing import Any

from flask_babel import gettext as _

from ..web import Invalid
from .asked import MOST_CONDITIONS, MOST_GROUPS
from .columns import EMPTY, Column

NEW = 1_000_000_000  # places of conditions that were added: no two of a page are the same


@dataclass(frozen=True)
class Draft:
    """`at` names its line in the page."""

    group: int
    column: Column
    operator: str
    raw: str
    at: int = 0

    @property
    def operators(self) -> list[tuple[str, Any]]:
        return [(name, self.column.said(name)) for name in self.column.operators]

    @property
    def asks_a_value(self) -> bool:
        return self.operator not in EMPTY


def drafts_of(sent: Any, columns: list[Column], at: int = 0) -> list[list[Draft]]:
    """Groups of what is typed; what is not to be understood is left out. The first line is named `at`."""
    known = askable(columns)
    lists = [sent.getlist(name)[: MOST_CONDITIONS + 1] for name in ("g", "f", "o", "v")]
    lines = enumerate(zip(*lists, strict=False), at)
    found = [draft(g, f, o, v, known, at) for at, (g, f, o, v) in lines if f in known]
    return [[one for one in found if one.group == group] for group in sorted({one.group for one in found})]


def another(sent: Any, columns: list[Column]) -> list[list[Draft]]:
    """One condition more, for the group `add` or, when there is none, for a new one. Raises Invalid when all are taken."""
    group = number(sent.get("add"), MOST_GROUPS)
    free = [one for one in range(MOST_GROUPS) if str(one) not in sent.getlist("g")]
    if group is None and not free:
        raise Invalid({"filter": _("Ask at most %(max)d conditions at once.", max=MOST_GROUPS)})
    known = askable(columns)
    made = [draft(str(free[0] if group is None else group), key, "", "", known, added()) for key in list(known)[:1]]
    return [made] if made else []


def added() -> int:
    return MOST_CONDITIONS + randbelow(NEW - MOST_CONDITIONS)


def askable(columns: list[Column]) -> dict[str, Column]:
    return {column.key: column for column in columns if column.operators}


def draft(group: str, key: str, operator: str, raw: str, known: dict[str, Column], at: int) -> Draft:
    column = known[key]
    operator = operator if operator in column.operators else column.operators[0]
    return Draft(number(group, MOST_GROUPS) or 0, column, operator, raw[:200], at)


def number(raw: str | None, most: int) -> int | None:
    return int(raw) if raw and raw.isascii() and raw.isdecimal() and len(raw) < 11 and int(raw) < most else None
