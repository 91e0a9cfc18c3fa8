"""What becomes of values when a field's type changes: looked at before, done by the worker."""

from dataclasses import dataclass, field
from dataclasses import replace as with_other
from time import monotonic
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from ...db import db
from ...importing.models import Import
from ...web import Refused, Unfit
from .models import CustomField
from .registry import KINDS, as_field
from .types import TYPES, Field, shown

BATCH = 5_000
SECONDS = 3.0
SHOWN = 20


@dataclass
class Preview:
    """What would happen: how many values were looked at and would be lost, the first of those, the first that would be shown
    otherwise {as now: as then}, and whether all were seen."""

    values: int = 0
    lost: int = 0
    examples: dict[str, str] = field(default_factory=dict)
    otherwise: dict[str, str] = field(default_factory=dict)
    whole: bool = True


def convert(value: Any, was: str, to: Field) -> Any:
    """The value as one of the type of `to`; None when it cannot be one."""
    try:
        return reread(value, was, to)
    except Unfit:
        return None


def converted(custom: dict[str, Any], field: Field, was: str) -> dict[str, Any]:
    """What a record holds, with this field's value as one of its type, or without it."""
    value = convert(custom[field.key], was, field)
    return {key: one for key, one in {**custom, field.key: value}.items() if one is not None}


def reread(value: Any, was: str, to: Field) -> Any:
    """Raises Unfit."""
    return TYPES[to.type].read(TYPES[was].neutral(value, to), to)


def preview(row: CustomField, **facts: Any) -> Preview:
    """Of changing `row` to the type and options of `facts`. Looks for at most three seconds."""
    to, found, until = with_other(as_field(row), **facts), Preview(), monotonic() + SECONDS
    last = None
    while lines := some_values(row, last):
        if monotonic() > until:
            found.whole = False
            break
        for line in lines:
            look_at(line.value, row, to, found)
        last = lines[-1].id
    return found


def some_values(row: CustomField, last: Any) -> Any:
    model: Any = KINDS[row.kind].model
    query = select(model.id, model.custom[row.key].label("value")).where(model.custom.has_key(row.key))
    query = query.where(model.id > last) if last else query
    return db.session.execute(query.order_by(model.id).limit(BATCH)).all()


def look_at(value: Any, row: CustomField, to: Field, found: Preview) -> None:
    found.values += 1
    try:
        made = reread(value, row.type, to)
    except Unfit as problem:
        found.lost += 1
        if len(found.examples) < SHOWN:
            found.examples[shown(as_field(row), value)[:100]] = str(problem)
        return
    if len(found.otherwise) < SHOWN and made is not None:
        before, after = shown(as_field(row), value)[:100], shown(to, made)[:100]
        found.otherwise |= {before: after} if before != after else {}


def change_type(row: CustomField, expected: int, **facts: Any) -> None:
    """Let the worker convert all values; `expected` is how many may be lost, as the preview said. Raises Refused for more."""
    if Import.at_work(KINDS[row.kind].model.__table__):
        raise Refused(_("An import works on these records right now. Wait until it is done, or pause it."))
    found = preview(row, **facts)
    if found.lost > expected:
        raise Refused(_("Meanwhile more values would be lost than you were shown. Look again."))
    was, kind = row.type, TYPES[facts["type"]]
    if row.preset is not None:
        facts["preset"] = convert(row.preset, was, with_other(as_field(row), **facts))
    row.rework("converting", was)
    row.change(**facts, filterable=bool(kind.column) and (row.filterable or kind.always_filterable))
