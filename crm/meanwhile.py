"""Of two who change a record by its form, the second does not put back what the first has changed.

The form carries what it showed, in a field `shown`. What was left as it was shown stays what it has become; what both changed is
refused once, with what it has become.
"""

from json import dumps, loads
from typing import Any

from flask import g, request
from flask_babel import gettext as _
from werkzeug.datastructures import ImmutableMultiDict

from .web import Invalid

Known = dict[str, Any]  # {name of a field: what it holds now, a list where it holds several}


def carried(known: Known) -> str:
    """What the field `shown` holds: when the form comes back, still what was shown first."""
    before = g.get("shown_again") or request.form.get("shown", "").replace("\x00", "")
    return before or dumps({name: as_text(value) for name, value in known.items()})


def put_together(known: Known) -> None:
    """Let the request say what its sender meant, beside what has changed since. Raises Invalid. A form that carries nothing means
    all that it says."""
    was, kept, errors = carried_by_form(), dict[str, Any](), dict[str, str]()
    for name, now in known.items():
        if name not in request.form or name not in was or same(was[name], now):
            continue
        if same(request.form.getlist(name), was[name]):
            kept[name] = now if isinstance(now, list) else [as_text(now)]
        elif not same(request.form.getlist(name), now):
            said = {"words": as_text(now).replace("\n", ", ") or _("empty")}
            errors[name] = _("Meanwhile somebody changed this: %(words)s. Save again to replace it.", **said)
    if errors:
        g.shown_again = dumps(was | {name: as_text(known[name]) for name in errors})
        raise Invalid(errors)
    request.form = ImmutableMultiDict({**dict(request.form.lists()), **kept})


def carried_by_form() -> dict[str, str]:
    try:
        found = loads(request.form.get("shown", "{}"))
    except (ValueError, RecursionError):
        return {}
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def same(one: Any, other: Any) -> bool:
    """Browsers end lines in their own way, and forms are read without spaces around."""
    return as_text(one).split() == as_text(other).split()


def as_text(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
