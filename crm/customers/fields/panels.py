"""A record's fields on its page, where they are changed too."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request
from flask_login import current_user

from ...db import Record, end_reading
from ...events import commit, record
from ...web import Invalid, permitted, wants_fragment
from .reading import read_custom
from .registry import KINDS, Kind, editable, fields_of, kind_of
from .types import TYPES, Field, shown
from .types import typed as as_typed
from .writing import write_custom

bp = Blueprint("fields", __name__)
PREFIX = "custom_"


def show_fields(row: Record) -> str | None:
    """The panel; nothing when the workspace has no fields of the kind that the viewer may see."""
    kind = KINDS[kind_of(row)]
    fields = fields_of(kind.name, current_user)
    if not fields or not kind.may(current_user, "read"):
        return None
    may_edit = (
        kind.may(current_user, "edit")
        and not kind.refuses(row)
        and any(editable(field, current_user) for field in fields)
    )
    return render_template("fields/_panel.html", kind=kind, row=row, facts=facts_of(row, fields), may_edit=may_edit)


def facts_of(row: Any, fields: list[Field]) -> list[tuple[Field, Any, str, str | None]]:
    """[(field, value, words, the path it leads to)] of what the record has."""
    known = [(field, row.custom[field.key]) for field in fields if field.key in (row.custom or {})]
    return [(field, value, shown(field, value), leads_to(field, value)) for field, value in known]


def leads_to(field: Field, value: Any) -> str | None:
    return TYPES[field.type].path(value) if field.state != "converting" else None


def custom_inputs(kind: str, row: Any) -> list[tuple[Field, Any]]:
    """[(field, what its input holds)] of the fields that this employee may change: what is kept or preset, or what was typed."""
    held = (row.custom or {}) if row is not None else None
    return [(field, typed(field, held)) for field in fields_of(kind, current_user) if editable(field, current_user)]


def known_inputs(kind: str, row: Any) -> dict[str, Any]:
    """{name of an input: what it holds of a record}, whatever was typed."""
    mine = [field for field in fields_of(kind, current_user) if editable(field, current_user)]
    held = row.custom or {}
    return {PREFIX + one.key: as_typed(one, held[one.key]) if one.key in held else "" for one in mine}


def typed(field: Field, held: dict[str, Any] | None) -> Any:
    name, several = PREFIX + field.key, TYPES[field.type].several
    if request.method == "POST" and name in request.form:
        return [one for one in request.form.getlist(name) if one] if several else request.form[name]
    value = field.preset if held is None else held.get(field.key)
    return ([] if several else "") if value is None else as_typed(field, value)


@bp.get("/fields/<kind>/<uuid:id>")
@permitted("customers.read")
def show(kind: str, id: UUID) -> Any:
    return show_fields(found(kind, id, "read")) or ""


@bp.get("/fields/<kind>/<uuid:id>/edit")
@permitted("customers.read")
def edit(kind: str, id: UUID, errors: dict[str, str] | None = None) -> Any:
    row = found(kind, id, "edit")
    shown = {"row": row, "kind": KINDS[kind], "inputs": custom_inputs(kind, row), "errors": errors}
    return render_template("fields/_edit.html" if wants_fragment() else "fields/edit.html", **shown)


@bp.post("/fields/<kind>/<uuid:id>")
@permitted("customers.read")
def update(kind: str, id: UUID) -> Any:
    row = found(kind, id, "edit", locked=True)
    try:
        take(row)
    except Invalid as invalid:
        end_reading()
        return edit(kind=kind, id=id, errors=invalid.errors), 422
    return (show_fields(row) or "") if wants_fragment() else redirect(request.script_root + KINDS[kind].page(row), 303)


def take(row: Any) -> None:
    """Keep what was sent, and tell. Raises Invalid."""
    if keep_fields(row):
        record(f"{kind_of(row)}.changed", row, field="custom")
    commit()


def found(kind: str, id: UUID, what: str, locked: bool = False) -> Any:
    known: Kind = KINDS.get(kind) or abort(404)
    if not known.may(current_user, what):
        abort(403)
    row = (known.model.locked if locked else known.model.find)(id=id)
    if what == "edit" and (refused := known.refuses(row)):
        raise refused
    return row


def keep_fields(row: Any, new: bool = False) -> set[str]:
    """Keep the fields of the form that was sent; returns the keys that changed. A `new` record gets what is preset.

    Raises Invalid.
    """
    sent = Sent({name: request.form.getlist(name) for name in request.form if name.startswith(PREFIX)})
    held = None if new else row
    return write_custom(row, read_custom(kind_of(row), sent, prefix=PREFIX, record=held, viewer=current_user))


class Sent(dict[str, list[str]]):
    """A form's fields by name, all that were sent of each."""

    def getlist(self, name: str) -> list[str]:
        return self[name]
