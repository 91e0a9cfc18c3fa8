"""What is asked of a list: it stands in the address, and a saved view keeps it.

q=words & match=all|any & g=0&f=name&o=has&v=Mia (one of each for a condition, g its group) & sort=-name & c=name&c=email
Conditions of one group hold all, groups any of them, when `match` is "any"; otherwise the other way round.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from ..web import Invalid, Unfit, choice, clean, integer, text, uuid
from .columns import EMPTY, Column

MOST_CONDITIONS, MOST_GROUPS, MOST_COLUMNS = 30, 10, 30
NAMES = ("q", "match", "g", "f", "o", "v", "sort", "c", "saved")


def around_today(days: int) -> dict[str, str]:
    return {
        "last_days": ngettext("within the last day", "within the last %(num)d days", days),
        "next_days": ngettext("within the next day", "within the next %(num)d days", days),
    }


@dataclass(frozen=True)
class Condition:
    group: int
    column: Column
    operator: str
    raw: str
    value: Any

    @property
    def sql(self) -> Any:
        return self.column.where(self.operator, self.value)

    @property
    def lacking(self) -> Any:
        """(as SQL for a few rows, as SQL for all at once), None for what says of nothing that it is not there."""
        return self.column.lacking(self.operator, self.value)

    @property
    def words(self) -> str:
        """Such as “Tier is Gold”."""
        offered = self.column.choices if self.column.type == "choice" else []
        value = next((word for key, word in offered if str(key) == self.raw), self.raw)
        value = {"yes": _("Yes"), "no": _("No")}.get(self.raw, value) if self.column.type == "yes_no" else value
        value = format_date(self.value) if isinstance(self.value, date) else value
        said = around_today(self.value).get(self.operator) if self.operator.endswith("_days") else None
        said = said or f"{self.column.said(self.operator)} {'' if self.operator in EMPTY else value}"
        return f"{self.column.word} {said}".strip()


@dataclass(frozen=True)
class Asked:
    q: str = ""
    match: str = "all"
    conditions: tuple[Condition, ...] = ()
    sort: Column | None = None
    descending: bool = False
    columns: tuple[Column, ...] = ()
    saved: Any = None
    kept: dict[str, list[str]] = field(default_factory=dict)

    @property
    def groups(self) -> list[list[Condition]]:
        numbers = sorted({one.group for one in self.conditions})
        return [[one for one in self.conditions if one.group == number] for number in numbers]

    @property
    def lacking(self) -> list[Condition]:
        """Conditions that stand alone, and hold for what is not there: no index has those for whom they do."""
        alone = (group[0] for group in self.groups if len(group) == 1) if self.match == "all" else ()
        return [one for one in alone if one.lacking is not None]

    @property
    def filtered(self) -> bool:
        return bool(self.conditions or self.q)

    def drawn_from(self, row: Any, known: dict[str, Any]) -> Any:
        """All that a row shows, by which it is remembered."""
        return tuple((one.key, one.word, one.edit, one.drawn_from(row, known)) for one in self.columns)

    def query(self, **other: Any) -> str:
        """What stands behind the ? with these in the place of others; an empty one goes."""
        kept = {name: values for name, values in (self.kept | other).items() if values}
        return urlencode(kept, doseq=True)


def asked_of(sent: Any, columns: list[Column], shown: tuple[str, ...], sort: str) -> Asked:
    """Read a query (a MultiDict, or the dictionary of lists of a saved view). Raises Invalid.

    `shown` and `sort` are the columns and the order for want of others.
    """
    try:
        return read(every(sent), {column.key: column for column in columns}, shown, sort)
    except Unfit as problem:
        raise Invalid({"filter": str(problem)}) from None


def every(sent: Any) -> dict[str, list[str]]:
    """Each name with all its values, and no others."""
    if hasattr(sent, "getlist"):
        return {name: sent.getlist(name) for name in NAMES if name in sent}
    values = {name: sent.get(name) for name in NAMES}
    return {name: value if isinstance(value, list) else [str(value)] for name, value in values.items() if value}


def read(sent: dict[str, list[str]], known: dict[str, Column], shown: tuple[str, ...], sort: str) -> Asked:
    once = {name: single(sent, name) for name in ("q", "match", "sort", "saved")}
    order = once["sort"] or sort
    chosen = list(dict.fromkeys(sent.get("c", ()))) or [key for key in shown if key in known]
    if len(chosen) > MOST_COLUMNS:
        raise Unfit(_("Choose at most %(max)d columns.", max=MOST_COLUMNS))
    return Asked(
        q=text(max=200, optional=True)(once["q"]), match=choice("all", "any", optional=True)(once["match"]) or "all",
        conditions=conditions(sent, known), sort=sorted_by(order.removeprefix("-"), known),
        descending=order.startswith("-"), columns=tuple(one_of(key, known) for key in chosen),
        saved=uuid(optional=True)(once["saved"]), kept=sent,
    )  # fmt: skip


def single(sent: dict[str, list[str]], name: str) -> str:
    values = sent.get(name, [])
    if len(values) > 1:
        raise Unfit(_("Send this only once."))
    return clean(values[0], 500) if values else ""


def conditions(sent: dict[str, list[str]], known: dict[str, Column]) -> tuple[Condition, ...]:
    lists = [sent.get(name, []) for name in ("g", "f", "o", "v")]
    if len({len(values) for values in lists}) != 1:
        raise Unfit(_("This filter is not whole. Begin anew."))
    if len(lists[0]) > MOST_CONDITIONS:
        raise Unfit(_("Ask at most %(max)d conditions at once.", max=MOST_CONDITIONS))
    found = [one_condition(g, f, o, v, known) for g, f, o, v in zip(*lists, strict=True) if f]
    return tuple(found)


def one_condition(group: str, key: str, operator: str, raw: str, known: dict[str, Column]) -> Condition:
    column = one_of(key, known)
    operator = operator or column.operators[0]
    return Condition(integer(0, MOST_GROUPS - 1)(group), column, operator, raw, column.read(operator, raw))


def one_of(key: str, known: dict[str, Column]) -> Column:
    """Raises Unfit for a column that is not there, or that the reader may not see: both look the same."""
    if key not in known:
        raise Unfit(_("This list has no column “%(key)s”, or you may not see it.", key=clean(key, 10_000)[:60]))
    return known[key]


def sorted_by(key: str, known: dict[str, Column]) -> Column:
    column = one_of(key, known)
    if not column.sortable:
        raise Unfit(_("This list cannot be sorted by “%(column)s”.", column=column.word))
    return column
