"""The types that a field may have. A new one is a class and a line here."""

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

__all__ = ["TYPES", "Field", "FieldType", "fold"]
