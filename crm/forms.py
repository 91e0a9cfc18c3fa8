"""Forms that come back with what was typed and what does not fit, also without JavaScript."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from flask import request
from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError

from .db import db, end_reading
from .web import Invalid, wants_fragment, wants_json


def redraw(show: Callable[..., Any]) -> Callable[[Any], Any]:
    """Answer Invalid with the form's own page, with its status: `show(errors={field: sentence}, **the route's arguments)`.

    Programs and fragments get the floor's answer. Goes under `permitted`, right above the route.
    """

    def decorate(route: Any) -> Any:
        @wraps(route)
        def guarded(**kwargs: Any) -> Any:
            try:
                return route(**kwargs)
            except Invalid as invalid:
                if wants_json() or wants_fragment():
                    raise
                end_reading()
                return show(errors=invalid.errors, **kwargs), invalid.code

        return guarded

    return decorate


def filled(**stored: Any) -> dict[str, Any]:
    """What a form's fields show: what is stored, or what was typed when the form comes back. Lists stay lists."""
    typed = request.form if request.method == "POST" else {}
    return {name: typed_value(typed, name, value) if typed else value for name, value in stored.items()}


def typed_value(typed: Any, name: str, value: Any) -> Any:
    """Without NUL, which no page shows and PostgreSQL does not take: a form may look for what fits to what was typed."""
    if isinstance(value, list):
        return [one.replace("\x00", "") for one in typed.getlist(name)]
    return typed[name].replace("\x00", "") if name in typed else value


@contextmanager
def only_one(field: str, sentence: str, **others: tuple[str, str]) -> Iterator[None]:
    """Write what is changed inside. Raises Invalid for `field` when another row has this value already.

    Of a row with several such values, `others` gives the field and the sentence by the name of the constraint.
    """
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
        field, sentence = others.get(error.orig.diag.constraint_name or "", (field, sentence))
        raise Invalid({field: str(sentence)}) from None
