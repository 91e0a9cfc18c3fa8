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


OTHER_TYPE = (ValueError, TypeError, AttributeError, ArithmeticError)  # what a value of another type ends in


def shown(field: Field, value: Any) -> str:
    """A value in the reader's words. While a field's type is changed, one of the other type is shown as it stands."""
    try:
        return TYPES[field.type].show(value, field)
    except OTHER_TYPE:
        return as_it_stands(value)


def typed(field: Field, value: Any) -> Any:
    """As a form holds it, a list where there are several; one of another type as it stands."""
    several = TYPES[field.type].several
    try:
        if several and not isinstance(value, list):
            return [as_it_stands(value)]
        return TYPES[field.type].typed(value, field)
    except OTHER_TYPE:
        return as_it_stands(value)


def as_it_stands(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


__all__ = ["TYPES", "Field", "FieldType", "fold", "shown", "typed"]
