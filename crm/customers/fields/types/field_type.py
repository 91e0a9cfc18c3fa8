"""What a type of field can do; each type is a class in this folder."""

import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

FOLDED = 200


@dataclass(frozen=True)
class Field:
    """A custom field as pages and readers see it, detached from the session; see models.py."""

    id: UUID
    kind: str
    key: str
    name: str
    type: str
    options: tuple[str, ...]
    currency: str | None
    required: bool
    preset: Any
    help: str
    seen_from: str
    edited_from: str
    filterable: bool
    state: str
    retired: bool

    @property
    def ready(self) -> bool:
        """Whether lists may filter and sort by it."""
        return self.filterable and self.state == "ready" and not self.retired


class FieldType:
    """One type. Values are what stands in a record's `custom`: JSON, never None.

    `column` is that of custom_values, or None when it cannot be filtered by. `operators` are those of crm/listing.
    """

    word: Any
    column: ClassVar[str | None] = None
    several: ClassVar[bool] = False
    always_filterable: ClassVar[bool] = False

    def read(self, raw: Any, field: Field) -> Any:
        """The value of what somebody wrote or a program sent; None for nothing. Raises Unfit."""
        raise NotImplementedError

    def keys(self, value: Any) -> list[Any]:
        """What stands in custom_values for it."""
        return [value]

    def show(self, value: Any, field: Field) -> str:
        """In the reader's words."""
        return str(value)

    def path(self, value: Any) -> str | None:
        """Of the page that it leads to."""
        return None

    def typed(self, value: Any, field: Field) -> Any:
        """As a form's field holds it, so that `read` takes it back."""
        return self.show(value, field)

    def plain(self, value: Any, field: Field) -> Any:
        """As a file holds it: text, a number or a date."""
        return self.show(value, field)

    def neutral(self, value: Any, field: Field) -> Any:
        """As every other type may read it: text, or a Decimal in major units."""
        return self.typed(value, field)


def as_text(raw: Any) -> Any:
    """Numbers as a text; anything else as it is."""
    if isinstance(raw, Decimal):
        return f"{raw:f}"
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return str(raw)
    return raw


def fold(text: str) -> str:
    """How texts are compared and sorted: small letters without accents, so that Österreich stands among the o."""
    signs = unicodedata.normalize("NFKD", text[:FOLDED]).casefold()
    return "".join(sign for sign in signs if not unicodedata.combining(sign))[:FOLDED]
