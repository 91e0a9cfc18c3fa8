"""The pages of imports: send a file, say what its columns are, see what would happen, let it happen, take it back."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import NotFound

from ..bounds import large
from ..events import commit
from ..files import keep_large
from ..forms import redraw
from ..paging import page
from ..web import Invalid, checkbox, choice, integer, permitted, read, read_query
from .guessing import read_mapping
from .kinds import Importable, importables
from .models import COUNTS, MODES, Import
from .queries import refused_lines, rows_shown, shown
from .room import make_room
from .words import reason

bp = Blueprint("imports", __name__, url_prefix="/imports")

MOST_BYTES = 256 * 1024 * 1024


def mine() -> dict[str, Importable]:
    """What the signed-in employee may import."""
    return {name: one for name, one in importables.items() if current_user.may(one.permission)}


def found(id: UUID, locked: bool = False) -> tuple[Import, Importable]:
    """Raises NotFound also for what somebody may not import."""
    one = (Import.locked if locked else Import.find)(id=id)
    kind = mine().get(one.kind)
    if kind is None:
        raise NotFound()
    return one, kind


@bp.get("")
@permitted("customers.import")
def index() -> Any:
    rows = page(select(Import).where(Import.kind.in_(mine())), Import.created_at, Import.id)
    return render_template("importing/list.html", page=rows, kinds=importables)


@bp.get("/new")
@permitted("customers.import")
def new(errors: dict[str, str] | None = None) -> Any:
    kind = request.values.get("kind")
    return render_template("importing/new.html", kinds=mine(), kind=kind if kind in mine() else None, errors=errors)


@bp.post("")
@large(MOST_BYTES)
@permitted("customers.import")
@redraw(new)
def create() -> Any:
    kind, kept = read(kind=choice(*mine()))["kind"], keep_large(sent_file(), MOST_BYTES)
    make_room(kept.size)
    one = Import.begin(kind, kept, current_user)
    commit()
    return to(one)


def sent_file() -> FileStorage:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid({"file": _("Choose a file.")})
    return sent


@bp.get("/<uuid:id>")
@permitted("customers.import")
def show(id: UUID, errors: dict[str, str] | None = None) -> Any:
    one, kind = found(id)
    if one.state == "mapping":
        return render_template("importing/mapping.html", errors=errors, **shown(one, kind))
    asked = read_query(outcome=choice(*COUNTS, "kept", optional=True))["outcome"]
    rows = rows_shown(one, kind, asked)
    return render_template("importing/import.html", one=one, kind=kind, why=reason(one.about), errors=errors, **rows)


@bp.get("/<uuid:id>/progress")
@permitted("customers.import")
def progress(id: UUID) -> Any:
    one, kind = found(id)
    if not one.works:
        return "", 200, {"HX-Redirect": url_for(".show", id=id)}
    said = read_query(said=integer(0, 4, optional=True))["said"]
    return render_template("importing/_progress.html", one=one, kind=kind, said=said)


@bp.post("/<uuid:id>/mapping")
@permitted("customers.import")
@redraw(show)
def map_columns(id: UUID) -> Any:
    one, kind = found(id, locked=True)
    mapping, errors = read_mapping(kind, one.headings, request.form)
    if errors:
        raise Invalid(errors)
    asked = read(mode=choice(*MODES), match=choice(*kind.keys, *kind.finders, optional=True), clears=checkbox())
    one.map(mapping, asked["mode"], matched(kind, mapping, **asked), asked["clears"])
    commit()
    return to(one)


def matched(kind: Importable, mapping: dict[str, str], mode: str, match: str | None, clears: bool) -> str:
    """By what records are found again. Raises Invalid for what no column holds, and for nothing where it is needed."""
    if match and match not in mapping.values():
        raise Invalid({"match": _("No column of the file holds this. Choose another one, or map it.")})
    if not match and mode != "create":
        raise Invalid({"match": _("Say by what records are found again, or only create new ones.")})
    return match or ""


STEPS = {"correction": Import.change_mapping, "run": Import.run, "pause": Import.pause, "undo": Import.undo}


@bp.post(f"/<uuid:id>/<any({', '.join(STEPS)}):step>")
@permitted("customers.import")
def take(id: UUID, step: str) -> Any:
    one, _kind = found(id, locked=True)
    STEPS[step](one)
    commit()
    return to(one)


@bp.post("/<uuid:id>/removal")
@permitted("customers.import")
def remove(id: UUID) -> Any:
    found(id, locked=True)[0].remove()
    commit()
    return redirect(url_for(".index"), 303)


@bp.get("/<uuid:id>/refused.csv")
@permitted("customers.import")
def refused(id: UUID) -> Any:
    one, _kind = found(id)
    if one.rows_id is None:
        abort(404)
    name = f"refused-{one.created_at:%Y%m%d-%H%M}.csv"
    return Response(refused_lines(one), mimetype="text/csv",
                    headers={"Content-Disposition": f'attachment; filename="{name}"'})  # fmt: skip


@bp.get("/example.csv")
@permitted("customers.import")
def example() -> Any:
    kind = mine().get(request.args.get("kind", ""))
    if kind is None:
        abort(404)
    name = {"Content-Disposition": f'attachment; filename="{kind.name}.csv"'}
    return Response(kind.example, mimetype="text/csv", headers=name)


def to(one: Import) -> Any:
    return redirect(url_for(".show", id=one.id), 303)
