"""Text, long text and links."""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ....web import Unfit, text
from .field_type import Field, FieldType, as_text, fold


class Text(FieldType):
    word = _l("Text")
    column: ClassVar[str | None] = "text"
    most, lines = 200, False

    def read(self, raw: Any, field: Field) -> str | None:
        return text(max=self.most, optional=True, lines=self.lines)(as_text(raw)) or None

    def keys(self, value: Any) -> list[Any]:
        return [fold(value)] if fold(value) else []


class LongText(Text):
    word = _l("Long text")
    column = None
    most, lines = 10_000, True


class Link(Text):
    word = _l("Link")
    most = 1_000

    def read(self, raw: Any, field: Field) -> str | None:
        typed = super().read(raw, field)
        if typed is None:
            return None
        address = typed if "://" in typed else f"https://{typed}"
        if any(sign.isspace() for sign in address) or not is_web(address):
            raise Unfit(_("Write a web address such as https://example.com."))
        return address


def is_web(address: str) -> bool:
    """Nothing that a click could run: http and https alone, with a host."""
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and "." in (parts.hostname or "") and parts.username is None
    except ValueError:
        return False
