"""Which kinds of records have fields, and which fields a workspace has."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from time import monotonic
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import select

from ...accounts.permissions import outranks
from ...db import Record, db
from ...events import now
from ...registry import panel
from ...web import Refused
from .models import CustomField
from .types import Field

CACHE_SECONDS = 2.0  # as long as a tenant's row: every list and record needs them, and they hardly change
KINDS: dict[str, "Kind"] = {}
cache: dict[UUID, tuple[float, list[Field]]] = {}


@dataclass(frozen=True)
class Kind:
    name: str
    model: type[Record]
    word: Any
    area: str
    beside: bool
    address: str
    refuses: Callable[[Any], Refused | None]

    def page(self, row: Any) -> str:
        """The path of a record's page."""
        return self.address.format(row=row)

    def may(self, viewer: Any, what: str) -> bool:
        return bool(viewer.may(f"{self.area}.{what}"))


def has_fields(model: type[Record], word: Any, area: str = "customers", panel_name: str = "",
               address: str = "", beside: bool = False,
               refuses: Callable[[Any], Refused | None] = lambda row: None) -> None:  # fmt: skip
    """Records of this model, which has a column `custom`, have fields; `word` names them in settings.

    Who may `area`.read them sees the fields on their page, as the panel `panel_name` (or the model's own name; a small one where it
    stands `beside` something), and who may `area`.edit them changes them there, where nothing `refuses` it; `address` is the page's,
    from the `row`.
    """
    from .panels import show_fields

    name = model.__name__.lower()
    if name not in KINDS:
        panel(panel_name or name)(show_fields)
    KINDS[name] = Kind(name, model, word, area, beside, address or f"/{area}/{{row.id}}", refuses)


def kind_of(record: Record) -> str:
    return type(record).__name__.lower()


def fields_of(kind: str, viewer: Any = None, retired: bool = False) -> list[Field]:
    """In their order, at most two seconds old; for a `viewer` those that they may see."""
    here = [field for field in all_fields() if field.kind == kind and (retired or not field.retired)]
    return [field for field in here if viewer is None or outranks(viewer.role or "", field.seen_from)]


def editable(field: Field, viewer: Any) -> bool:
    """Whether `viewer` may change it; nobody in particular is a program of the workspace's own."""
    return viewer is None or all(outranks(viewer.role or "", role) for role in (field.seen_from, field.edited_from))


def all_fields() -> list[Field]:
    known = cache.get(g.tenant_id)
    if known is None or known[0] < monotonic():
        known = cache[g.tenant_id] = monotonic() + CACHE_SECONDS, fresh_fields()
    return known[1]


def fresh_fields() -> list[Field]:
    query = select(CustomField).order_by(CustomField.position, CustomField.id)
    return [as_field(row) for row in db.session.scalars(query.execution_options(populate_existing=True)).all()]


def field_of(id: UUID) -> Field | None:
    return next((field for field in all_fields() if field.id == id), None)


NAMES = [field.name for field in fields(Field) if field.name not in ("options", "retired")]


def as_field(row: CustomField) -> Field:
    values = {name: getattr(row, name) for name in NAMES}
    return Field(**values, options=tuple(row.options), retired=row.retired_at is not None)


@now(*(f"custom_field.{verb}" for verb in ("added", "changed", "retired", "restored", "reworked", "moved")))
def forget_fields(_: Any = None) -> None:
    cache.clear()
