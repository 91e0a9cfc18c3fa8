"""What a list can show, filter by and sort by. A column knows its SQL; what else a feature has brings its own subclass."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask_babel import get_timezone, to_user_timezone
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, Select, and_, func, not_

from ..finding import escaped
from ..web import Unfit, choice, clean, integer, text, uuid

EMPTY = ("empty", "filled")
OPERATORS = {
    "text": ("has", "is", "starts", "is_not", *EMPTY),
    "choice": ("is", "is_not", *EMPTY),
    "number": ("is", "from", "to", *EMPTY),
    "date": ("on", "since", "until", "last_days", "next_days", *EMPTY),
    "moment": ("on", "since", "until", "last_days", "next_days", *EMPTY),
    "yes_no": ("is", *EMPTY),
    "figure": (),
}
WORDS = {
    "has": _l("has in it"),
    "is": _l("is"),
    "starts": _l("begins with"),
    "is_not": _l("is not"),
    "from": _l("is at least"),
    "to": _l("is at most"),
    "on": _l("is on"),
    "since": _l("is on or after"),
    "until": _l("is on or before"),
    "last_days": _l("within the last days"),
    "next_days": _l("within the next days"),
    "empty": _l("is empty"),
    "filled": _l("is not empty"),
}
OF_SEVERAL = {"is": _l("has"), "is_not": _l("has not")}
OF_CLOCKS = {"from": _l("is at or after"), "to": _l("is at or before")}
BIGGEST = 2**63 - 1


class Column:
    """`type` says which operators there are; `expression` is SQL.

    `options` are [(value, word)] of a choice, or a function that gives them. `via` is an indexed column that holds the text
    of this one, too: searches look there first. `required` ones are never NULL. `template` draws a cell of what it `needs` of
    the row; otherwise it is the text of `show`. With `edit` a cell is changed where it stands. What is
    `plain_to_see` needs no name beside it where a list has no head, on a phone.
    """

    operators: tuple[str, ...]
    several = False  # whether a record may have some of the options at once
    offers = ""  # of what its cell offers names while one is typed: person or company
    unit = ""  # the key of the column without which its numbers say nothing in a file
    clock = False  # whether its numbers are times of a day

    def __init__(self, key: str, word: Any, type: str = "text", expression: Any = None, *, options: Any = (), via: Any = None,
                 required: bool = False, sortable: bool = False, template: str = "", needs: tuple[str, ...] = (), edit: bool = False,
                 read_from: Callable[[Any], Any] | None = None, plain_to_see: bool = False) -> None:  # fmt: skip
        self.key, self.word, self.type, self.expression = key, word, type, expression
        self.options, self.via, self.required, self.template = options, via, required, template
        self.sortable, self.edit, self.read_from, self.needs = sortable, edit, read_from, needs
        self.plain_to_see = plain_to_see
        self.operators = tuple(one for one in OPERATORS[type] if not required or one not in EMPTY)

    @property
    def choices(self) -> list[tuple[Any, Any]]:
        """Asked for only where they are offered: they may cost a statement."""
        return list(self.options() if callable(self.options) else self.options)

    @property
    def offered(self) -> list[tuple[Any, Any]]:
        """Of these, what a cell may be changed to."""
        return self.choices

    @property
    def head(self) -> str:
        """As a file calls it, where nothing around tells what its values are."""
        return str(self.word)

    # -- what is asked

    def said(self, operator: str) -> Any:
        """The operator in words."""
        own = OF_SEVERAL if self.several else OF_CLOCKS if self.clock else {}
        return own.get(operator, WORDS[operator])

    def read(self, operator: str, raw: str) -> Any:
        """The value of a condition as it is sent. Raises Unfit."""
        if operator not in self.operators:
            raise Unfit(_("This cannot be asked of “%(column)s”.", column=self.word))
        if operator in EMPTY:
            return None
        if operator in ("last_days", "next_days"):
            return integer(1, 36_500)(raw)
        return self.value(raw)

    def value(self, raw: str) -> Any:
        if self.type == "choice":
            return choice(*(str(value) for value, _word in self.choices))(raw)
        if self.type == "number":
            return integer(-self.biggest, self.biggest)(raw)
        if self.type in ("date", "moment"):
            return a_day(raw)
        if self.type == "yes_no":
            return choice("yes", "no")(raw) == "yes"
        return text(max=200, lines=False)(raw)

    @property
    def biggest(self) -> int:
        """As far as the column goes."""
        return BIGGEST if isinstance(self.expression.type, BigInteger) else 2**31 - 1

    def where(self, operator: str, value: Any) -> Any:
        """The condition as SQL."""
        here = self.expression
        if operator == "empty":
            return here.is_(None) if self.type != "text" else func.coalesce(here, "") == ""
        if operator == "filled":
            return not_(self.where("empty", None))
        if self.type == "moment":
            return between(here, *days(operator, value, get_timezone()))
        if self.type == "text":
            return self.where_text(operator, value)
        compared = {"is": here == value, "is_not": here.is_distinct_from(value)}
        return compared.get(operator, here >= value if operator == "from" else here <= value)

    def where_text(self, operator: str, value: str) -> Any:
        if operator == "is_not":
            return self.expression.is_distinct_from(value)
        if operator == "is":
            return self.expression == value
        like = self.expression.ilike(f"{'%' if operator == 'has' else ''}{escaped(value)}%", escape="\\")
        return like if self.via is None else and_(self.via.ilike(f"%{escaped(value)}%", escape="\\"), like)

    def ids(self, operator: str, value: Any) -> Any:
        """A select of the ids of all records for which it holds, where an index has them; else None."""
        return None

    def lacking(self, operator: str, value: Any) -> Any:
        """Where the condition says that something is not there which stands in another table: how a few rows are asked for it,
        and how all are at once; else None."""
        return None

    # -- how it is sorted

    def sorted(self, query: Select[Any]) -> tuple[Select[Any], Any, Any]:
        """The query of the rows that have a value, by what they stand in order, and their id where that stands elsewhere."""
        return (query if self.required else query.where(self.expression.is_not(None))), self.expression, None

    def absent(self) -> Any:
        """The condition of the rows without a value, which stand last; None when there are none."""
        return None if self.required else self.expression.is_(None)

    def key_of(self, sent: Any) -> Any:
        """The value of the order that a cursor holds. Raises ValueError and TypeError for what cannot be one."""
        made = self.expression.type.python_type
        if made is datetime:
            return datetime.fromisoformat(sent)
        if made is int and (type(sent) is not int or abs(sent) > self.biggest):
            raise ValueError("not such a number")
        return sent if made is int else clean(sent, 1_000)

    # -- what is shown

    def held(self, row: Any) -> Any:
        return self.read_from(row) if self.read_from else getattr(row, self.expression.key)

    def drawn_from(self, row: Any, known: dict[str, Any]) -> Any:
        """All that its cell shows: the same is drawn once."""
        if self.template:
            return tuple(getattr(row, name) for name in self.needs)
        return self.held(row) if self.type == "moment" else self.show(row, known)

    def show(self, row: Any, known: dict[str, Any]) -> str:
        """A cell's text; `known` is what the listing looked up for all rows."""
        value = self.held(row)
        if value is None or value == "":
            return ""
        if self.type == "choice":
            return str(next((word for key, word in self.choices if str(key) == str(value)), value))
        return str(value)

    def typed(self, row: Any) -> str:
        """As the form of a cell holds it."""
        value = self.held(row)
        return "" if value is None else str(value)

    def plain(self, row: Any, known: dict[str, Any]) -> Any:
        """A cell of a file: text, a number, a date or a time, which is that of the reader's clock, as on the page."""
        value = self.held(row)
        if isinstance(value, datetime):
            return to_user_timezone(value).replace(tzinfo=None)
        return value if isinstance(value, int | float | date) and not isinstance(value, bool) else self.show(row, known)

    def in_file(self, ids: Select[Any]) -> list["Column"]:
        """What it comes to in a file of the records that `ids` selects."""
        return [self]


class Born(Column):
    """When a record was made: its id says so, and needs no other index."""

    def __init__(self, key: str, word: Any, model: Any) -> None:
        super().__init__(key, word, "moment", model.created_at, required=True, sortable=True)
        self.id = model.id

    def where(self, operator: str, value: Any) -> Any:
        since, before = days(operator, value, get_timezone())
        return between(self.id, since and first_id(since), before and first_id(before))

    def sorted(self, query: Select[Any]) -> tuple[Select[Any], Any, Any]:
        return query, self.id, None

    def key_of(self, sent: Any) -> UUID:
        return UUID(sent)


class Someone(Column):
    """An id of somebody, chosen among `options` or being the reader themselves."""

    def __init__(self, key: str, word: Any, expression: Any, me: UUID | None = None, **more: Any) -> None:
        super().__init__(key, word, "choice", expression, **more)
        self.me = me

    @property
    def choices(self) -> list[tuple[Any, Any]]:
        return [*([("me", _("Me"))] if self.me else []), *super().choices]

    def value(self, raw: str) -> Any:
        return self.me if raw == "me" and self.me else uuid()(raw)

    def show(self, row: Any, known: dict[str, Any]) -> str:
        value = self.held(row)
        return known.get(self.key, {}).get(value, "") if value else ""


def first_id(moment: datetime) -> UUID:
    """Before every id that was made at this moment or later."""
    return UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)


def a_day(raw: str) -> date:
    try:
        found = date.fromisoformat(clean(raw, 10).strip())
    except ValueError:
        found = date.min
    if not 1000 <= found.year <= 9000:
        raise Unfit(_("Write a date such as 2026-03-31."))
    return found


def days(operator: str, value: Any, zone: Any) -> tuple[datetime | None, datetime | None]:
    """From when until before when, in the reader's zone."""
    today = datetime.now(zone).date()
    first, last = {
        "on": lambda: (value, value), "since": lambda: (value, None), "until": lambda: (None, value),
        "last_days": lambda: (today - timedelta(days=value - 1), today),
        "next_days": lambda: (today, today + timedelta(days=value - 1)),
    }[operator]()  # fmt: skip
    begin = datetime.combine(first, time(), zone).astimezone(UTC) if first else None
    return begin, datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC) if last else None


def between(here: Any, since: Any, before: Any) -> Any:
    return and_(*([here >= since] if since else []), *([here < before] if before else []))
