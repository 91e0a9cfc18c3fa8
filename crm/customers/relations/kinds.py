"""The kinds of relations in the settings: a workspace's own words for both directions."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ...events import commit
from ...forms import filled, redraw
from ...web import choice, permitted, read, text
from ..blueprint import bp
from ..models.relation import ENDS, READY, WHAT, RelationKind, unused

LINE = text(max=60, lines=False)
LINE_OR_NONE = text(max=60, lines=False, optional=True)


@bp.get("/settings/relations")
@permitted("settings.edit")
def relation_kinds(errors: dict[str, str] | None = None) -> Any:
    form, kinds = filled(name="", reverse="", one="any", other="any"), RelationKind.all(archived=True)
    shown = {"kinds": kinds, "ready": unused(kinds), "ends": ENDS}
    return render_template("customers/relation_kinds.html", form=form, errors=errors or {}, **shown)


@bp.post("/settings/relations")
@permitted("settings.edit")
@redraw(relation_kinds)
def create_relation_kind() -> Any:
    RelationKind.add(**read(name=LINE, reverse=LINE_OR_NONE, one=choice(*WHAT), other=choice(*WHAT)))
    commit()
    flash(_("Saved."), "good")
    return redirect(url_for("customers.relation_kinds"), 303)


@bp.post("/settings/relations/<uuid:id>")
@permitted("settings.edit")
def archive_relation_kind(id: UUID) -> Any:
    kind = RelationKind.locked(id=id)
    (kind.restore if kind.archived_at else kind.archive)()
    commit()
    return redirect(url_for("customers.relation_kinds"), 303)


@bp.post("/settings/relations/ready")
@permitted("settings.edit")
def use_ready_kind() -> Any:
    """Make one of those that are ready the workspace's own, to give it other words."""
    kind = RelationKind.ready(read(key=choice(*READY))["key"])
    commit()
    return redirect(url_for("customers.relation_names", id=kind.id), 303)


@bp.get("/settings/relations/<uuid:id>/names")
@permitted("settings.edit")
def relation_names(id: UUID, errors: dict[str, str] | None = None) -> Any:
    kind = RelationKind.find(id=id)
    form = filled(name=kind.name, reverse="" if kind.is_mutual else kind.reverse)
    return render_template("customers/relation_names.html", kind=kind, ends=ENDS, form=form, errors=errors or {})


@bp.post("/settings/relations/<uuid:id>/names")
@permitted("settings.edit")
@redraw(relation_names)
def rename_relation_kind(id: UUID) -> Any:
    RelationKind.locked(id=id).rename(**read(name=LINE, reverse=LINE_OR_NONE))
    commit()
    flash(_("Saved."), "good")
    return redirect(url_for("customers.relation_kinds"), 303)
