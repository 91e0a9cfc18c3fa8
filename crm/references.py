"""Who points to a row: read from the tables' foreign keys, with what is special about some of them. Merging two people and
erasing one walk it, so that a new table takes part by itself.

A feature says beside its table what is special, by `table.column`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Index, Table, UniqueConstraint, and_, column, or_
from sqlalchemy.sql.util import ClauseAdapter

from .db import Base, tenant_of_the_moment

# What each set holds are names such as `sessions.person_id`.
past: set[str] = set()  # says what was once: a merge leaves it
ending: set[str] = set()  # opens what a person has proven to be theirs: a merge ends it instead of handing it on
first: set[str] = set()  # its verbs lock it before they touch the person: a merge does so, too
fresh: dict[str, str] = {}  # another column, which gets a new id where two rows would be the same
most: dict[str, str] = {}  # another column, of which the greater value stays where two rows become one
loops: dict[str, tuple[str, str]] = {}  # table: two columns that must never name the same


def stays(*pointers: str) -> None:
    past.update(pointers)


def ends(*pointers: str) -> None:
    ending.update(pointers)


def locked_first(*pointers: str) -> None:
    first.update(pointers)


def renews(pointer: str, column: str) -> None:
    fresh[pointer] = column


def keeps_most(pointer: str, column: str) -> None:
    most[pointer] = column


def never_both(table: str, one: str, other: str) -> None:
    loops[table] = (one, other)


def index_where_known(table: str, name: str, key: str) -> Index:
    """By which merging and erasing find the rows that name a person, or hang on what does."""
    return Index(f"ix_{table}_{name}", "tenant_id", key, postgresql_where=column(key).is_not(None))


@dataclass(frozen=True)
class Pointer:
    """A column that names a row of another table."""

    table: Table
    column: str

    def __str__(self) -> str:
        return f"{self.table.name}.{self.column}"

    @property
    def at(self) -> Column[Any]:
        return self.table.c[self.column]

    @property
    def is_part(self) -> bool:
        """Whether the row is only a part of the other, and goes with it."""
        keys = (key for key in self.table.foreign_key_constraints if self.column in key.column_keys)
        return any(key.ondelete == "CASCADE" for key in keys)

    def of(self, *ids: UUID) -> ColumnElement[bool]:
        """The rows of this workspace that name one of these."""
        return and_(self.table.c.tenant_id == tenant_of_the_moment(), self.at.in_(ids))

    def doubles(self, kept: UUID, gone: UUID) -> ColumnElement[bool] | None:
        """The rows that name `gone` and could not name `kept` as well, because a row with the same unique values does."""
        found = [self.taken(columns, null, where, kept) for columns, null, where in self.unique_keys()]
        return and_(self.of(gone), or_(*found)) if found else None

    def taken(self, columns: list[str], null: bool, where: Any, kept: UUID) -> ColumnElement[bool]:
        other = self.table.alias()
        alike = [same(self.table.c[name], other.c[name], null) for name in columns if name != self.column]
        if where is not None:
            alike += [where, ClauseAdapter(other).traverse(where)]
        return other.select().where(other.c[self.column] == kept, *alike).exists()

    def unique_keys(self) -> Iterator[tuple[list[str], bool, Any]]:
        """What is unique with this column: the columns, whether NULL is a value there, and of which rows it holds."""
        for key in [*self.table.constraints, *self.table.indexes]:
            if not isinstance(key, UniqueConstraint) and not getattr(key, "unique", False):
                continue
            names = [column.name for column in key.columns]  # type: ignore[attr-defined]
            options = key.dialect_options["postgresql"]  # type: ignore[attr-defined]
            if self.column in names:
                yield names, bool(options["nulls_not_distinct"]), options.get("where")


def same(one: Any, other: Any, null: bool) -> ColumnElement[bool]:
    return one.is_not_distinct_from(other) if null else one == other


@cache
def pointers(target: str) -> tuple[Pointer, ...]:
    """Every column that names a row of the table, in the order of the tables' names."""
    keys = (key for table in Base.metadata.tables.values() for key in table.foreign_key_constraints)
    here = (key for key in keys if key.referred_table.name == target)
    found = [Pointer(key.table, name) for key in here for name in key.column_keys if name != "tenant_id"]
    return tuple(sorted(found, key=str))
