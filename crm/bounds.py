"""How large a number in an address and a request's body may be."""

from collections.abc import Callable
from typing import Any

from flask import current_app, request
from flask_login import current_user
from werkzeug.routing import IntegerConverter, ValidationError


class Number(IntegerConverter):
    """A number in an address, as far as a column goes: beyond there is nothing to find."""

    def to_python(self, value: str) -> int:
        if len(value) > 10 or int(value) > 2**31 - 1:
            raise ValidationError
        return int(super().to_python(value))


LONGEST_BODY = 256 * 1024


def large(most: int) -> Callable[[Any], Any]:
    """Let signed-in people send up to `most` bytes of files to a route. Goes right under the route's address."""

    def decorate(route: Any) -> Any:
        route.most_bytes = most
        return route

    return decorate


def limit_body() -> None:
    """Only forms with files may be large: millions of short fields would hold a worker for seconds."""
    if request.mimetype != "multipart/form-data":
        request.max_content_length = LONGEST_BODY
        return
    most = getattr(current_app.view_functions.get(request.endpoint or ""), "most_bytes", None)
    if most and current_user.is_authenticated:
        request.max_content_length = most
