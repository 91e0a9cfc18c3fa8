"""Saved views: keeping what the list was asked, counting it, and forgetting it."""

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ..db import db
from ..events import commit
from ..listing.columns import Column
from ..web import Invalid, checkbox, permitted, read, text
from . import lists
from .asking import NAMES, own_columns, own_of
from .blueprint import bp
from .board import asked_of, filters_of, views_of
from .bulk import beside_the_list
from .models import SavedView


@bp.get("/tickets/views")
@permitted("tickets.read")
def saved_views() -> Any:
    """Their names with how many tickets each has: what the list loads once it stands."""
    saved = views_of(current_user, fields := own_columns(current_user))
    counts = {view.id: count_of(view, fields) for view in saved}
    return render_template("tickets/_saved.html", saved=saved, saved_counts=counts, asked=asked_of({}))


@bp.post("/tickets/views")
@permitted("tickets.read")
@beside_the_list
def save_view() -> Any:
    """Keep what the address asks under a name."""
    fields, asked = read(name=text(max=60, lines=False), shared=checkbox()), asked_now()
    view = SavedView.keep(current_user, fields["name"], fields["shared"], asked)
    commit()
    return redirect(f"{url_for('.index')}?{view.query}", 303)


def asked_now() -> dict[str, Any]:
    """What the address asks. Raises Invalid."""
    asked = asked_of()
    own_of(request.args, asked["view"] or "mine", asked["sort"], own_columns(current_user))
    return {**asked, **{name: request.args.getlist(name) for name in NAMES}, "saved": None}


@bp.post("/tickets/views/<uuid:id>")
@permitted("tickets.read")
@beside_the_list
def change_view(id: UUID) -> Any:
    """Another name, seen by others or not, and what the address asks now."""
    fields, view = read(name=text(max=60, lines=False), shared=checkbox()), changeable(id)
    view.change(**fields, asked=asked_now())
    commit()
    flash(_("Saved."), "good")
    return redirect(f"{url_for('.index')}?{view.query}", 303)


def changeable(id: UUID) -> SavedView:
    """Raises NotFound, and Forbidden for what is others'."""
    view = SavedView.find(id=id, listing="tickets")
    return view if view.may_be_changed_by(current_user) else abort(403)


@bp.post("/tickets/views/<uuid:id>/removal")
@permitted("tickets.read")
def remove_view(id: UUID) -> Any:
    view = changeable(id)
    db.session.delete(view)
    commit()
    flash(_("The view “%(name)s” is removed.", name=view.name), "good")
    return redirect(url_for(".index"), 303)


def count_of(view: SavedView, fields: list[Column]) -> int:
    """At most 100; none when it asks of a field that is not there any more."""
    asked = asked_of(view.asked)
    try:
        own = own_of(view.asked, asked["view"] or "mine", asked["sort"], fields)
    except Invalid:
        return 0
    return lists.count(asked["view"] or "mine", current_user, asked["q"], own, **filters_of(asked))
