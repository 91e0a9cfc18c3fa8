"""Custom fields as columns of a list: asked in custom_values, shown from the record itself."""

from datetime import UTC, datetime
from typing import Any

from flask_babel import get_timezone
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, literal, select
from sqlalchemy.orm import aliased

from ...db import Record
from ...finding import escaped
from ...listing.columns import BIGGEST, Column, days
from ...web import Unfit, clean
from .models import CustomValue
from .registry import editable, fields_of
from .types import TYPES, Field, fold, shown
from .types import typed as as_typed

KINDS_OF_COLUMNS = {
    "text": "text", "link": "text", "long_text": "text", "choice": "choice", "choices": "choice", "number": "number",
    "money": "number", "time": "number", "date": "date", "moment": "moment", "yes_no": "yes_no", "person": "choice",
    "company": "choice",
}  # fmt: skip
PREFIX = "custom."


def custom_columns(model: type[Record], kind: str, viewer: Any) -> list[Column]:
    """Those of the fields that `viewer` may see; of those that are not prepared nothing can be asked."""
    return [CustomColumn(model, field, editable(field, viewer)) for field in fields_of(kind, viewer)]


def named_with_currency(field: Field) -> str:
    """As a file calls it: beside an amount stands no currency there."""
    return f"{field.name} ({field.currency})" if field.type == "money" and field.currency else field.name


class CustomColumn(Column):
    def __init__(self, model: Any, field: Field, may_edit: bool) -> None:
        type = TYPES[field.type]
        options = [(option, option) for option in field.options]
        looks = "text" if field.state == "converting" else KINDS_OF_COLUMNS[field.type]
        super().__init__(PREFIX + field.key, field.name, looks, options=options,
            sortable=field.ready and not type.several and not type.always_filterable,
            edit=may_edit and field.state != "converting")  # fmt: skip
        self.model, self.field, self.kind = model, field, type
        self.several, self.clock = type.several, field.type == "time"
        self.offers = field.type if field.type in ("person", "company") else ""
        if not field.ready:
            self.operators = ()
        elif type.always_filterable:
            self.operators = ("is", "is_not", "empty", "filled")

    @property
    def names_others(self) -> bool:
        """Whether it holds the ids of people or companies, whose names are looked up together."""
        return self.kind.always_filterable and self.field.state != "converting"

    @property
    def head(self) -> str:
        return named_with_currency(self.field)

    # -- what is asked

    def value(self, raw: str) -> Any:
        """As it stands in custom_values."""
        if self.type in ("date", "moment"):
            return super().value(raw)
        if self.type == "text" and self.field.type != "link":
            return fold(super().value(raw))
        read = self.kind.read(raw, self.field) if self.field.type != "link" else super().value(raw)
        keys = [] if read is None else self.kind.keys(read)
        if not keys:
            raise Unfit(_("Write something here."))
        return keys[0]

    def where(self, operator: str, value: Any) -> Any:
        if operator == "empty":
            return ~self.there()
        if operator == "filled":
            return self.there()
        if operator == "is_not":
            return ~self.there(self.column(CustomValue) == value)
        return self.there(self.compared(operator, value))

    def ids(self, operator: str, value: Any) -> Any:
        if operator in ("empty", "is_not"):
            return None
        here = select(CustomValue.record_id).where(CustomValue.field_id == self.field.id)
        return here if operator == "filled" else here.where(self.compared(operator, value))

    def lacking(self, operator: str, value: Any) -> Any:
        """For all at once by the index of the values, which has none but those of their type."""
        if operator == "is_not":
            here = [self.column(CustomValue) == value]
            return ~self.there(*here, by_itself=True), ~self.there(*here)
        if operator == "empty":
            return ~self.there(by_itself=True), ~self.there(self.column(CustomValue).is_not(None))
        return None

    def there(self, *conditions: Any, by_itself: bool = False) -> ColumnElement[bool]:
        """Whether a value is there for which this holds. The wall stands in each statement by itself. With an OFFSET PostgreSQL
        looks at each record by itself, and does not read all values for a few of them."""
        query = select(literal(1)).where(self.mine(CustomValue), *conditions)
        return (query.offset(0) if by_itself else query).correlate(self.model.__table__).exists()

    def mine(self, value: Any) -> Any:
        return and_(
            value.tenant_id == self.model.tenant_id, value.record_id == self.model.id, value.field_id == self.field.id
        )

    def column(self, value: Any) -> Any:
        return getattr(value, self.kind.column or "text")

    def compared(self, operator: str, value: Any) -> Any:
        here = self.column(CustomValue)
        if self.type in ("date", "moment"):
            since, before = days(operator, value, UTC if self.type == "date" else get_timezone())
            return and_(*([here >= since] if since else []), *([here < before] if before else []))
        if operator == "starts":  # a range, which an index serves
            return and_(here >= value, here < value + "\U0010ffff")
        like = {"has": lambda: here.ilike(f"%{escaped(value)}%", escape="\\")}
        plain = {"is": lambda: here == value, "from": lambda: here >= value, "to": lambda: here <= value}
        return (like | plain)[operator]()

    # -- how it is sorted

    def sorted(self, query: Select[Any]) -> tuple[Select[Any], Any, Any]:
        value = aliased(CustomValue)
        query = query.join(value, and_(self.mine(value), self.column(value).is_not(None)))
        return query, self.column(value), value.record_id

    def absent(self) -> Any:
        return ~self.there()

    def key_of(self, sent: Any) -> Any:
        if self.kind.column == "moment":
            return datetime.fromisoformat(sent)
        if self.kind.column == "number" and (type(sent) is not int or abs(sent) > BIGGEST):
            raise ValueError("not such a number")
        return sent if self.kind.column == "number" else fold(clean(sent, 1_000))

    # -- what is shown

    def held(self, row: Any) -> Any:
        return (row.custom or {}).get(self.field.key)

    def show(self, row: Any, known: dict[str, Any]) -> str:
        value = self.held(row)
        if value is None:
            return ""
        return known[self.key].get(value, "") if self.key in known else shown(self.field, value)

    def typed(self, row: Any) -> str:
        value = self.held(row)
        found = "" if value is None else as_typed(self.field, value)
        return ", ".join(found) if isinstance(found, list) else found

    def plain(self, row: Any, known: dict[str, Any]) -> Any:
        value = self.held(row)
        if value is None or self.kind.always_filterable or self.field.state == "converting":
            return self.show(row, known)
        return self.kind.plain(value, self.field)
