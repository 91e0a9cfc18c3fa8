"""Reading the values of custom fields, whoever sends them: a form, a program or a file."""

from typing import Any

from flask_babel import gettext as _

from ...db import Record
from ...web import Invalid, Unfit
from .registry import editable, fields_of
from .types import TYPES, Field, typed

MISSING = object()


def read_custom(kind: str, sent: Any, *, prefix: str = "", record: Record | None = None, whole: bool = True,
                viewer: Any = None) -> dict[str, Any]:  # fmt: skip
    """{key: value, or None for nothing} of the fields that `viewer` may change (all of them without one).

    `sent` is a form or a dictionary, whose names are the fields' keys after `prefix`. What a `record` holds already is not
    judged again. `whole`: fields that were not sent are asked for when they are required, and a new record gets what is
    preset, also where `viewer` may not change it; otherwise only what was sent is read. Raises Invalid by sent name, for every
    problem at once: also for names that no field has, and for fields that `viewer` may not change.
    """
    fields = {f.key: f for f in fields_of(kind, viewer) if editable(f, viewer)}
    held = (getattr(record, "custom", None) or {}) if record is not None else None
    values = presets(kind) if whole and record is None else {}
    errors = unknown(sent, prefix, fields)
    for key, field in fields.items():
        if not whole and prefix + key not in sent:
            continue
        try:
            values[key] = one_value(field, taken(sent, prefix + key, field), held)
        except Unfit as problem:
            errors[prefix + key] = str(problem)
    if errors:
        raise Invalid(errors)
    return values


def presets(kind: str) -> dict[str, Any]:
    return {field.key: field.preset for field in fields_of(kind) if field.preset is not None}


def unknown(sent: Any, prefix: str, fields: dict[str, Field]) -> dict[str, str]:
    names = [name for name in sent if name.startswith(prefix) and name[len(prefix) :] not in fields]
    return {name: _("There is no such field, or you may not change it.") for name in names[:20]}


def taken(sent: Any, name: str, field: Field) -> Any:
    """What was sent for a field; MISSING when it was not. Raises Unfit for one sent twice."""
    if name not in sent:
        return MISSING
    if not hasattr(sent, "getlist"):
        return sent[name]
    found = sent.getlist(name)
    if TYPES[field.type].several:
        return [one for one in found if one]
    if len(found) > 1:
        raise Unfit(_("Send this only once."))
    return found[0]


def one_value(field: Field, raw: Any, held: dict[str, Any] | None) -> Any:
    """`held` is what the record holds, None for a new one."""
    kind = TYPES[field.type]
    before = (held or {}).get(field.key)
    if raw is MISSING:
        value = field.preset if held is None else before
    elif before is not None and raw == typed(field, before):
        return before
    elif field.state == "converting":
        raise Unfit(_("This field is being changed right now. Try again in a moment."))
    else:
        value = kind.read(raw, field)
    if value is None and field.required:
        raise Unfit(_("“%(name)s” must not be empty.", name=field.name))
    return value
