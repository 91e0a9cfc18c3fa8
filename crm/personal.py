"""What stands in which table of a person's, and what becomes of it when the person is erased.

A feature says so beside its table; a test reads the tables' own foreign keys and fails for a text of which nobody said it.
Rows that are walked to from a person either go, or stay with some of their columns emptied.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from .db import Base
from .references import Pointer, pointers

Values = dict[str, Any]
going: list[str] = []
emptied: dict[str, Values] = {}  # table: {column: what it becomes; a function gets the table}
harmless: dict[str, set[str]] = {}  # table: columns that hold words of ours, or ids
lawful: dict[str, set[str]] = {}  # table: columns that the law wants kept
staff: set[str] = set()  # pointers by which no customer is ever named
inseparable: set[str] = set()  # pointers of parts that must not go with the whole, and so do not cascade
words: dict[str, Any] = {}  # table: what people call its rows


def goes(table: str, word: Any = None) -> None:
    """The rows are deleted, and the files that they name (see crm/kept_files.py)."""
    going.append(table)
    name(table, word)


def empties(table: str, word: Any = None, **values: Any) -> None:
    """The rows stay, with these values instead of what was said or typed."""
    emptied[table] = values
    name(table, word)


def harms_nobody(table: str, *columns: str) -> None:
    harmless.setdefault(table, set()).update(columns)


def stays_by_law(table: str, word: Any, *columns: str) -> None:
    lawful.setdefault(table, set()).update(columns)
    name(table, word)


def only_staff(*names: str) -> None:
    staff.update(names)


def is_part_of(pointer: str) -> None:
    """The same stands in the owner's function `mark_erased`."""
    inseparable.add(pointer)


def name(table: str, word: Any) -> None:
    if word is not None:
        words[table] = word


@dataclass
class Erasing:
    """`id` is the person's; `strings` what they can be found by in texts of others; `files` the kept files that are to go."""

    id: UUID
    addresses: list[str]
    strings: list[str]
    ids: Callable[[str], Any]  # of a table: a subquery of the ids of its rows that are theirs
    files: list[UUID] = field(default_factory=list)


# What no foreign key leads to; each is done before the rows go.
further: list[Callable[[Erasing], None]] = []


def erases(reaction: Callable[[Erasing], None]) -> Callable[[Erasing], None]:
    further.append(reaction)
    return reaction


def theirs(pointer: Pointer, target: str) -> bool:
    """Whether a row with this foreign key is the person's: it names them, or is a part of what is theirs."""
    return str(pointer) not in staff if target == "people" else pointer.is_part or str(pointer) in inseparable


def reached() -> Iterator[Table]:
    """Every table of which a row may be a person's or hang on such a row, people first."""
    seen, new = ["people"], ["people"]
    while new:
        found = [p.table.name for target in new for p in pointers(target) if str(p) not in staff]
        new = [one for one in dict.fromkeys(found) if one not in seen]
        seen += new
    return (Base.metadata.tables[one] for one in seen)
