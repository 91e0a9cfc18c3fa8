"""Columns that the lists of several features have: tags, somebody by name, figures, custom fields."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import ColumnElement, func, literal, select

from ..accounts.models import Person
from ..db import db
from ..events import record
from ..finding import MOST_WORDS, escaped
from ..listing.columns import Column, Someone
from .fields import kind_of, read_custom, write_custom
from .fields.columns import CustomColumn
from .models import Tag


class Tagged(Column):
    """Words that a record has; `link` names the record by `key` and the tag."""

    suggests = "tag"

    def __init__(self, model: Any, link: Any, key: Any) -> None:
        super().__init__("tags", _("Tags"), "text")
        self.several = True
        self.model, self.link, self.record_id = model, link, key
        self.operators = ("is", "is_not", "empty", "filled")

    def where(self, operator: str, value: Any) -> Any:
        if operator in ("is", "filled"):
            return self.there(*([Tag.name == value.lower()] if operator == "is" else []))
        return ~self.there(*([Tag.name == value.lower()] if operator == "is_not" else []))

    def there(self, *conditions: Any) -> ColumnElement[bool]:
        mine = self.link.tenant_id == self.model.tenant_id, self.record_id == self.model.id
        query = select(literal(1)).select_from(self.link).where(*mine, *conditions)
        if conditions:
            query = query.join(Tag, (Tag.tenant_id == self.link.tenant_id) & (Tag.id == self.link.tag_id))
        return query.correlate(self.model.__table__).exists()

    def show(self, row: Any, known: dict[str, Any]) -> str:
        return ", ".join(known[self.key].get(row.id, ()))

    def look_up(self, rows: list[Any]) -> dict[Any, Any]:
        query = select(self.record_id, func.array_agg(Tag.name)).select_from(self.link)
        query = query.join(Tag, (Tag.tenant_id == self.link.tenant_id) & (Tag.id == self.link.tag_id))
        ids = [row.id for row in rows]
        found = db.session.execute(query.where(self.record_id.in_(ids)).group_by(self.record_id)).all()
        return {id: sorted(names) for id, names in found}


class Named(Column):
    """Somebody or a company of whom a row holds the id, asked by name."""

    def __init__(self, key: str, word: Any, expression: Any, model: Any, **more: Any) -> None:
        super().__init__(key, word, "text", expression, **more)
        self.model = model
        self.operators = ("has", "is", "empty", "filled")

    def where(self, operator: str, value: Any) -> Any:
        if operator in ("empty", "filled"):
            here = self.expression.is_(None)
            return here if operator == "empty" else ~here
        here, words = self.model.name == value, self.model.search.ilike(f"%{escaped(value)}%", escape="\\")
        return self.expression.in_(select(self.model.id).where(here if operator == "is" else words))

    def show(self, row: Any, known: dict[str, Any]) -> str:
        return known[self.key].get(self.held(row), "")

    def plain(self, row: Any, known: dict[str, Any]) -> str:
        return self.show(row, known)

    def look_up(self, rows: list[Any]) -> dict[Any, Any]:
        return names_of(self.model, {self.held(row) for row in rows})


class Figure(Column):
    """A number that is counted for the rows of a page; nothing is asked or sorted by it."""

    def __init__(self, key: str, word: Any, read: Callable[[list[Any]], dict[Any, Any]]) -> None:
        super().__init__(key, word, "figure")
        self.read_all = read

    def look_up(self, rows: list[Any]) -> dict[Any, Any]:
        return self.read_all([row.id for row in rows])

    def held(self, row: Any) -> Any:
        return row.id

    def show(self, row: Any, known: dict[str, Any]) -> str:
        return str(self.plain(row, known))

    def plain(self, row: Any, known: dict[str, Any]) -> Any:
        return known[self.key].get(row.id, 0)


def words_in(column: Any) -> Callable[[str], list[Any]]:
    return lambda q: [column.ilike(f"%{escaped(word)}%", escape="\\") for word in q.split()[:MOST_WORDS]]


def look_up(rows: list[Any], columns: tuple[Column, ...]) -> dict[str, Any]:
    """What the shown columns need besides the rows: a statement for each that needs one."""
    found: dict[str, Any] = {}
    for column in columns if rows else ():
        if hasattr(column, "look_up"):
            found[column.key] = column.look_up(rows)
        elif isinstance(column, Someone):
            found[column.key] = names_of(Person, {column.held(row) for row in rows})
        elif isinstance(column, CustomColumn) and column.names_others:
            named = names_of(column.kind.model, {column.held(row) for row in rows})  # type: ignore[attr-defined]
            found[column.key] = {str(id): name for id, name in named.items()}
    return found


def names_of(model: Any, ids: set[Any]) -> dict[Any, str]:
    wanted = ids - {None}
    if not wanted:
        return {}
    return {
        row.id: getattr(row, "shown_name", row.name)
        for row in db.session.scalars(select(model).where(model.id.in_(wanted)))
    }


def change_custom(row: Any, column: CustomColumn, raw: str) -> None:
    """One value of a custom field, read as in its form. Raises Invalid."""
    kind = kind_of(row)
    values = read_custom(kind, {column.field.key: raw}, record=row, whole=False, viewer=current_user)
    if write_custom(row, values):
        record(f"{kind}.changed", row, field="custom")
