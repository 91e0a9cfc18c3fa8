"""The workspace's fields: which there are, in which order, who sees them, and what becomes of one whose type changes."""

import re
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.exceptions import NotFound

from ...accounts.kinds import currencies
from ...accounts.permissions import roles_up_to
from ...events import commit
from ...forms import filled, redraw
from ...tenancy import current_tenant
from ...web import Invalid, Kind, Unfit, checkbox, choice, clean, integer, permitted, read, read_query, text
from .converting import change_type, preview
from .models import CustomField
from .panels import bp
from .registry import KINDS, as_field, editable
from .types import TYPES, Field, fold

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
MOST_OPTIONS = 200
WITH_OPTIONS = ("choice", "choices")


def key() -> Kind:
    """How programs and files name a field."""

    def kind(value: Any) -> str:
        chosen = clean(value or "", 100).strip().lower()
        if chosen and not KEY.match(chosen):
            raise Unfit(_("Use up to 40 small letters, digits and _, and begin with a letter."))
        return chosen

    return kind


def options() -> Kind:
    """Choices, one in a line, each once."""

    def kind(value: Any) -> list[str]:
        lines = [text(max=100, lines=False)(line) for line in clean(value or "", 20_000).splitlines() if line.strip()]
        if len(lines) > MOST_OPTIONS:
            raise Unfit(_("Give at most %(max)d choices.", max=MOST_OPTIONS))
        return list({fold(line): line for line in reversed(lines)}.values())[::-1]

    return kind


def facts() -> dict[str, Kind]:
    role = choice(*dict(roles_up_to(current_user.role)))
    words = {"name": text(max=60, lines=False), "help": text(max=300, optional=True), "options": options()}
    ticks = {name: checkbox() for name in ("required", "filterable")}
    return {**words, **ticks, "seen_from": role, "edited_from": role, "preset": text(max=10_000, optional=True)}


@bp.get("/settings/fields")
@permitted("settings.edit")
def index() -> Any:
    kind = read_query(kind=choice(*KINDS, optional=True))["kind"] or next(iter(KINDS))
    fields = CustomField.of(kind)
    changeable = {field.id for field in fields if editable(as_field(field), current_user)}
    return render_template(
        "settings/fields.html", kinds=KINDS, kind=kind, types=TYPES, fields=fields, changeable=changeable
    )


def field_here(id: UUID, locked: bool = False) -> CustomField:
    """Raises NotFound for one that is seen or changed by those above the viewer alone: who could lower that would see it."""
    field = CustomField.locked(id=id) if locked else CustomField.find(id=id)
    if not editable(as_field(field), current_user):
        raise NotFound()
    return field


@bp.get("/settings/fields/new")
@permitted("settings.edit")
def new(errors: dict[str, str] | None = None) -> Any:
    kind = read_query(kind=choice(*KINDS, optional=True))["kind"] or next(iter(KINDS))
    return form_page(None, kind, errors)


@bp.post("/settings/fields")
@permitted("settings.edit")
@redraw(lambda errors: form_page(None, request.form.get("kind", ""), errors))
def create() -> Any:
    sent = read(
        kind=choice(*KINDS), type=choice(*TYPES), key=key(), currency=choice(*currencies(), optional=True), **facts()
    )
    sent["key"] = sent["key"] or key_of(sent["name"])
    sent["currency"] = (sent["currency"] or current_tenant.currency) if sent["type"] == "money" else None
    field = CustomField.add(**fitting(CustomField(retired_at=None, state="ready", position=0, **sent), sent))
    commit()
    return saved(field, _("The field is there: it stands in the forms from now on."))


@bp.get("/settings/fields/<uuid:id>")
@permitted("settings.edit")
def edit_field(id: UUID, errors: dict[str, str] | None = None) -> Any:
    field = field_here(id)
    return form_page(field, field.kind, errors)


@bp.post("/settings/fields/<uuid:id>")
@permitted("settings.edit")
@redraw(edit_field)
def update_field(id: UUID) -> Any:
    field, sent = field_here(id, locked=True), read(**facts())
    sent = fitting(field, sent)
    if sent["filterable"] != field.filterable:
        field.rework("building")
    field.change(**sent)
    commit()
    return saved(field)


@bp.get("/settings/fields/<uuid:id>/state")
@permitted("settings.edit")
def state(id: UUID) -> Any:
    return render_template("settings/_field_state.html", field=field_here(id))


@bp.post("/settings/fields/<uuid:id>/position")
@permitted("settings.edit")
def move(id: UUID) -> Any:
    field = field_here(id)
    if field.retired_at:
        raise NotFound()
    field.move_to(read(place=integer(0, 1000))["place"])
    commit()
    return saved(field, _("The order is changed."))


@bp.post("/settings/fields/<uuid:id>/retirement")
@permitted("settings.edit")
def retire(id: UUID) -> Any:
    field = field_here(id, locked=True)
    field.retire()
    commit()
    return saved(field, _("It is not shown any more. What it held is kept."))


@bp.post("/settings/fields/<uuid:id>/restoration")
@permitted("settings.edit")
def restore(id: UUID) -> Any:
    field = field_here(id, locked=True)
    field.restore()
    commit()
    return saved(field, _("The field is back."))


@bp.get("/settings/fields/<uuid:id>/type")
@permitted("settings.edit")
def choose_type(id: UUID, errors: dict[str, str] | None = None) -> Any:
    """Choose one, and look at what would become of the values."""
    field = field_here(id)
    asked = read_query(type=choice(*TYPES, optional=True), options=options()) if not errors else {"type": None}
    shown = preview(field, **becoming(field, asked)) if asked["type"] else None
    form = {"type": asked["type"] or field.type, "options": "\n".join(asked.get("options") or field.options)}
    words = {"field": field, "types": TYPES, "form": form, "preview": shown, "errors": errors}
    return render_template("settings/field_type.html", **words)


@bp.post("/settings/fields/<uuid:id>/type")
@permitted("settings.edit")
@redraw(choose_type)
def update_type(id: UUID) -> Any:
    sent = read(type=choice(*TYPES), options=options(), lost=integer(0, 2**31))
    field = field_here(id, locked=True)
    change_type(field, sent["lost"], **becoming(field, sent))
    commit()
    return saved(field, _("The values are being changed. This page shows how far it is."))


def becoming(field: CustomField, sent: dict[str, Any]) -> dict[str, Any]:
    """What a field of another type is made of. Raises Invalid for choices without any."""
    if sent["type"] in WITH_OPTIONS and not (sent["options"] or field.options):
        raise Invalid({"options": _("Write at least one choice.")})
    chosen = sent["options"] or field.options if sent["type"] in WITH_OPTIONS else []
    currency = field.currency or (current_tenant.currency if sent["type"] == "money" else None)
    return {"type": sent["type"], "options": chosen, "currency": currency}


def fitting(field: CustomField, sent: dict[str, Any]) -> dict[str, Any]:
    """`sent` as it is kept: with what is preset as a value of the type. Raises Invalid."""
    kind = TYPES[field.type]
    if field.type in WITH_OPTIONS and not sent["options"]:
        raise Invalid({"options": _("Write at least one choice.")})
    sent["options"] = sent["options"] if field.type in WITH_OPTIONS else []
    sent["filterable"] = kind.always_filterable or (sent["filterable"] and kind.column is not None)
    try:
        sent["preset"] = kind.read(sent["preset"], with_options(field, sent["options"]))
    except Unfit as problem:
        raise Invalid({"preset": str(problem)}) from None
    return sent


def with_options(field: CustomField, chosen: list[str]) -> Field:
    from dataclasses import replace

    return replace(as_field(field), options=tuple(chosen))


def key_of(name: str) -> str:
    """A key made of a name: Größe in cm becomes grosse_in_cm."""
    found = re.sub(r"[^a-z0-9]+", "_", fold(name)).strip("_")[:40].strip("_")
    return found if KEY.match(found) else f"field_{found}"[:40].strip("_")


def form_page(field: CustomField | None, kind: str, errors: dict[str, str] | None) -> Any:
    one = field or CustomField(type="text", options=[], help="", seen_from="agent", edited_from="agent", name="")
    held = TYPES[one.type].typed(one.preset, as_field(one)) if one.preset is not None else ""
    lists = {"types": TYPES, "roles": roles_up_to(current_user.role), "kinds": KINDS, "currencies": currencies()}
    form = filled(name=one.name, help=one.help, type=one.type, key=one.key or "", options="\n".join(one.options),
        currency=one.currency or current_tenant.currency, required=one.required or "", filterable=one.filterable or "",
        seen_from=one.seen_from, edited_from=one.edited_from,
        preset=", ".join(held) if isinstance(held, list) else held)  # fmt: skip
    if request.method == "POST":
        form |= {name: request.form.get(name, "") for name in ("required", "filterable")}
    kind = kind if kind in KINDS else next(iter(KINDS))
    return render_template("settings/field.html", field=field, kind=kind, form=form, errors=errors, **lists)


def saved(field: CustomField, sentence: str | None = None) -> Any:
    flash(sentence or _("Saved."), "good")
    return redirect(url_for(".index", kind=field.kind), 303)
