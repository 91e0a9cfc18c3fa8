"""What is refused of a number that somebody wrote is said where it was written."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from ..web import Invalid, Refused


@contextmanager
def told_at(field: str, missing: Any = "") -> Iterator[None]:
    """What is refused inside is said at the form's field; `missing`: when there is nothing of this number. Raises Invalid."""
    try:
        yield
    except NotFound:
        raise Invalid({field: missing or _("There is no such ticket. Look at its number.")}) from None
    except Refused as refused:
        raise Invalid({field: str(refused.description)}) from None
