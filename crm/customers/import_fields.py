"""A workspace's own fields in files: each is a column of its own, and together they are one value of the record."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from flask import g, has_request_context
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import delete, select

from ..accounts.models import Employee
from ..db import db
from ..importing.kinds import Field, Importable, Written, guards
from ..importing.writing import put
from ..web import Unfit
from .fields import TYPES, fields_of, rows_of
from .fields import Field as CustomField
from .fields.columns import named_with_currency
from .fields.models import CustomValue
from .fields.registry import KINDS, editable
from .fields.reworking import guard_steady

VALUE = ["id", "field_id", "record_id", "text", "number", "moment", "created_at"]
PREFIX = "custom_"


def custom_fields(kind: str) -> list[Field]:
    """Those that the reader may change, and the one that takes what all of them say."""
    mine = [one for one in fields_of(kind, reader()) if editable(one, reader())]
    own = [Field(PREFIX + one.key, one.name, partial(read_one, one), headings=(one.key, named_with_currency(one)))
           for one in mine]  # fmt: skip
    whole = Field("custom", _l("Own fields"), dict, "custom", join=merged, offered=False, seen=partial(seen, kind))
    return [*own, whole]


def wait_for_fields(kind: Importable) -> None:
    """While a field's type is changed nobody could tell which values are of which type. Raises Refused."""
    for name, one in KINDS.items():
        if one.model.__table__ is kind.table:
            guard_steady(name)


guards.append(wait_for_fields)


def reader() -> Any:
    """Who names the columns and looks at what they come to; nobody in the worker, which does what they were allowed to ask."""
    return current_user if has_request_context() and current_user.is_authenticated else None


def seen(kind: str, values: Any) -> dict[str, Any]:
    """Without the fields that are not shown to the reader."""
    keys = {one.key for one in fields_of(kind, reader())}
    return {key: value for key, value in (values or {}).items() if key in keys}


def read_one(field: CustomField, cell: str) -> Any:
    kind = TYPES[field.type]
    value = kind.read([part.strip() for part in cell.split(",")] if kind.several else cell.strip(), field)
    if value is None and field.required:
        raise Unfit(_("“%(name)s” must not be empty.", name=field.name))
    return value


def merged(before: Any, value: Any) -> dict[str, Any]:
    return {key: one for key, one in {**(before or {}), **value}.items() if one is not None}


def gather(kind: str, facts: dict[str, Any]) -> None:
    names = [name for name in facts if name.startswith(PREFIX)]
    if names:
        facts["custom"] = {name.removeprefix(PREFIX): facts.pop(name) for name in names}


def preset(kind: str, facts: dict[str, Any]) -> None:
    """What a new record has that the file does not say. Raises Unfit for what it must say, as far as who brings it may."""
    fields = fields_of(kind)
    if not fields:
        return
    values = {one.key: one.preset for one in fields if one.preset is not None} | facts.get("custom", {})
    lacking = (one for one in fields if one.required and values.get(one.key) is None)
    if missing := next((one for one in lacking if editable(one, importer())), None):
        raise Unfit(_("“%(name)s” must not be empty.", name=missing.name))
    if values:
        facts["custom"] = {key: one for key, one in values.items() if one is not None}


@dataclass(frozen=True)
class Importer:
    """Whose import it is, in the worker. A form asks nobody for a field that they may not change, and neither does a file."""

    id: UUID
    role: str


def importer() -> Importer | None:
    """None for a program of the workspace's own. Asked for once, however many rows there are."""
    id, known = g.get("actor_id"), g.get("importer")
    if id and (known is None or known.id != id):
        known = g.importer = Importer(id, db.session.scalar(select(Employee.role).where(Employee.id == id)) or "")
    return known if id else None


def forget_values(ids: list[UUID]) -> None:
    """Before these records are deleted."""
    db.session.execute(delete(CustomValue).where(CustomValue.record_id.in_(ids)))


def keep_values(kind: str, written: list[Written]) -> None:
    """What lists filter and sort by is in step."""
    fields = [one for one in fields_of(kind) if one.filterable]
    if not fields:
        return
    own = {one.id: value or {} for one in written for new, value in [one.now_has("custom")] if new}
    if not own:
        return
    here = CustomValue.record_id.in_(own), CustomValue.field_id.in_([one.id for one in fields])
    db.session.execute(delete(CustomValue).where(*here))
    rows = [row for id, values in own.items() for row in rows_of(id, fields, values)]
    if rows:
        put(CustomValue.__table__, VALUE, ([row[name] for name in VALUE] for row in rows))
