"""A filter while somebody makes it: not every condition has a value yet."""

from dataclasses import dataclass
from typing import Any

from .asked import MOST_CONDITIONS, MOST_GROUPS
from .columns import EMPTY, WORDS, Column


@dataclass(frozen=True)
class Draft:
    group: int
    column: Column
    operator: str
    raw: str

    @property
    def operators(self) -> list[tuple[str, Any]]:
        return [(name, WORDS[name]) for name in self.column.operators]

    @property
    def asks_a_value(self) -> bool:
        return self.operator not in EMPTY


def drafts_of(sent: Any, columns: list[Column]) -> list[list[Draft]]:
    """Groups of what is typed; `add` is a group that gets one more (a new one for the next number), `drop` the place of one
    that goes. What is not to be understood is left out."""
    known = {column.key: column for column in columns if column.operators}
    lists = [sent.getlist(name)[: MOST_CONDITIONS + 1] for name in ("g", "f", "o", "v")]
    found = [draft(g, f, o, v, known) for g, f, o, v in zip(*lists, strict=False) if f in known]
    dropped = number(sent.get("drop"), MOST_CONDITIONS)
    found = [one for place, one in enumerate(found) if place != dropped]
    added = number(sent.get("add"), MOST_GROUPS)
    if added is not None and known:
        found.append(draft(str(added), next(iter(known)), "", "", known))
    return [[one for one in found if one.group == group] for group in sorted({one.group for one in found})]


def draft(group: str, key: str, operator: str, raw: str, known: dict[str, Column]) -> Draft:
    column = known[key]
    operator = operator if operator in column.operators else column.operators[0]
    return Draft(number(group, MOST_GROUPS) or 0, column, operator, raw[:200])


def number(raw: str | None, most: int) -> int | None:
    return int(raw) if raw and raw.isascii() and raw.isdecimal() and len(raw) < 4 and int(raw) < most else None
