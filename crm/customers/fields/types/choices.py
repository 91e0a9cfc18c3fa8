"""One or several of what the workspace offers."""

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ....web import Unfit, clean
from .field_type import Field, FieldType, as_text, fold

MOST = 50


class Choice(FieldType):
    word = _l("Choice")
    column = "text"

    def read(self, raw: Any, field: Field) -> str | None:
        typed = clean(as_text(raw) or "", 200).strip()
        return offered(typed, field) if typed else None

    def keys(self, value: Any) -> list[Any]:
        return [fold(value)]

    def typed(self, value: Any, field: Field) -> Any:
        return value


class Choices(FieldType):
    word = _l("Several choices")
    column = "text"
    several = True

    def read(self, raw: Any, field: Field) -> list[str] | None:
        """A list, or text with commas, semicolons or lines between."""
        raw = as_text(raw)
        if isinstance(raw, str):
            raw = [raw] if fold(raw.strip()) in map(fold, field.options) else re.split(r"[;,\n]", clean(raw, 10_000))
        if not isinstance(raw, list | tuple | None) or any(not isinstance(one, str) for one in raw or ()):
            raise Unfit(_("Choose from the offered values."))
        if len(raw or ()) > MOST:
            raise Unfit(_("Choose at most %(max)d.", max=MOST))
        typed = [clean(one, 200).strip() for one in raw or ()]
        return list(dict.fromkeys(offered(one, field) for one in typed if one)) or None

    def keys(self, value: Any) -> list[Any]:
        return list(dict.fromkeys(fold(one) for one in value))

    def show(self, value: Any, field: Field) -> str:
        return ", ".join(value)

    def neutral(self, value: Any, field: Field) -> str:
        return ", ".join(value)

    def typed(self, value: Any, field: Field) -> Any:
        return list(value)


def offered(typed: str, field: Field) -> str:
    """The choice that somebody means. Raises Unfit."""
    found = next((option for option in field.options if fold(option) == fold(typed)), None)
    if found is None:
        raise Unfit(_("“%(typed)s” is not among the choices.", typed=typed[:60]))
    return found
