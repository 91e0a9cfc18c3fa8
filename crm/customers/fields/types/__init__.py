"""The types that a field may have. A new one is a class and a line here."""

from typing import Any

from .choices import Choice, Choices
from .field_type import Field, FieldType, fold
from .numbers import Money, Number, YesNo
from .people import Company, Person
from .texts import Link, LongText, Text
from .times import Date, Moment, TimeOfDay

TYPES: dict[str, FieldType] = {
    "text": Text(),
    "long_text": LongText(),
    "number": Number(),
    "money": Money(),
    "date": Date(),
    "time": TimeOfDay(),
    "moment": Moment(),
    "choice": Choice(),
    "choices": Choices(),
    "yes_no": YesNo(),
    "link": Link(),
    "person": Person(),
    "company": Company(),
}


def shown(field: Field, value: Any) -> str:
    """A value in the reader's words. While a field's type is changed, one of the other type is shown as it stands."""
    try:
        return TYPES[field.type].show(value, field)
    except (ValueError, TypeError, AttributeError, ArithmeticError):
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


__all__ = ["TYPES", "Field", "FieldType", "fold", "shown"]
