"""How large a number in an address and a request's body may be."""

from flask import request
from werkzeug.routing import IntegerConverter, ValidationError


class Number(IntegerConverter):
    """A number in an address, as far as a column goes: beyond there is nothing to find."""

    def to_python(self, value: str) -> int:
        if len(value) > 10 or int(value) > 2**31 - 1:
            raise ValidationError
        return int(super().to_python(value))


LONGEST_BODY = 256 * 1024


def limit_body() -> None:
    """Only forms with files may be large: millions of short fields would hold a worker for seconds."""
    if request.mimetype != "multipart/form-data":
        request.max_content_length = LONGEST_BODY
