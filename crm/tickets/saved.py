"""Saved views: keeping what the list was asked, counting it, and forgetting it."""

from typing import Any
from uuid import UUID

from flask import abort, redirect, render_template, url_for
from flask_login import current_user

from ..db import db
from ..events import commit
from ..web import checkbox, permitted, read, text
from . import lists
from .blueprint import bp
from .board import asked_of, filters_of
from .bulk import beside_the_list
from .models import SavedView


@bp.get("/tickets/views")
@permitted("tickets.read")
def saved_views() -> Any:
    """Their names with how many tickets each has: what the list loads once it stands."""
    saved = SavedView.seen_by(current_user)
    counts = {view.id: count_of(view) for view in saved}
    return render_template("tickets/_saved.html", saved=saved, saved_counts=counts, asked=asked_of({}))


@bp.post("/tickets/views")
@permitted("tickets.read")
@beside_the_list
def save_view() -> Any:
    """Keep what the address asks under a name."""
    fields = read(name=text(max=60, lines=False), shared=checkbox())
    asked = {name: value for name, value in asked_of().items() if name != "saved"}
    view = SavedView.keep(current_user, fields["name"], fields["shared"], asked)
    commit()
    return redirect(f"{url_for('.index')}?{view.query}", 303)


@bp.post("/tickets/views/<uuid:id>/removal")
@permitted("tickets.read")
def remove_view(id: UUID) -> Any:
    view = SavedView.find(id=id)
    if not view.may_be_removed_by(current_user):
        abort(403)
    db.session.delete(view)
    commit()
    return redirect(url_for(".index"), 303)


def count_of(view: SavedView) -> int:
    """At most 100."""
    asked = asked_of(view.asked)
    return lists.count(asked["view"] or "mine", current_user, asked["q"], **filters_of(asked))
