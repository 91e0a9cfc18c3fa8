"""A listing's pages: the feature keeps the route of the list itself and mounts the rest beside it.

@bp.get("/customers")
@permitted("customers.read")
def index():
    return list_page(CUSTOMERS)

mount(bp, CUSTOMERS)      # /customers/list/filter, …/count, …/views, …/cells/<id>, …/changes, …/file
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from ..db import db, end_reading
from ..events import commit
from ..web import (
    Invalid,
    Refused,
    checkbox,
    integer,
    permitted,
    read,
    read_query,
    text,
    uuid,
    wants_fragment,
    wants_json,
)
from .asked import Asked, asked_of
from .bulk import change_many
from .cells import cell_page, change_cell, macro_of
from .columns import Column
from .drafts import NEW, another, drafts_of
from .files import file_of
from .listing import Listing
from .models import SavedView
from .reading import count, page


def list_page(listing: Listing, refusal: str = "", status: int = 200) -> Any:
    """The list as it is asked for; what cannot be asked is said above it, with the filter as it was typed."""
    columns = listing.columns(current_user)
    shown: dict[str, Any] = {"listing": listing, "columns": columns, "refusal": refusal}
    try:
        asked = asked_of(request.args, columns, listing.shown, listing.sort)
        after = read_query(after=text(max=2_000, optional=True))["after"]
        shown |= {"page": page(listing, asked, after or None)}
    except Invalid as invalid:
        if wants_json():
            raise
        end_reading()
        asked, status = asked_of({}, columns, listing.shown, listing.sort), 422
        shown |= {"page": None, "refusal": invalid.description}
    return render_template(listing.template, **shown, **around(listing, asked, shown["page"], columns)), status


def around(listing: Listing, asked: Asked, found: Any, columns: Any) -> dict[str, Any]:
    rows = found.rows if found else []
    known = listing.look_up(rows, asked.columns)
    may_edit = listing.change is not None and current_user.may(f"{listing.area}.edit")
    may = {"may_edit": may_edit, "may_export": current_user.may(f"{listing.area}.export")}
    chosen = set(request.form.getlist("id")) if request.method == "POST" else set()
    drafts = drafts_of(request.args, columns)
    return {
        "asked": asked,
        "known": known,
        "cells": {column.key: macro_of(column) for column in asked.columns},
        "drafts": drafts,
        "chosen": chosen,
        "here": request.script_root + listing.path,
        **may,
    }


def mount(bp: Blueprint, listing: Listing) -> None:
    """Its further routes, each under the listing's own permissions."""
    can = {what: permitted(f"{listing.area}.{what}") for what in ("read", "edit", "export")}

    def add(method: str, path: str, what: str, route: Callable[..., Any]) -> None:
        @wraps(route)
        def view(**arguments: Any) -> Any:
            return route(listing, **arguments)

        name = f"{listing.name}_{route.__name__}"
        bp.add_url_rule(f"{listing.path}/list/{path}", name, can[what](view), methods=[method])

    add("GET", "filter", "read", show_filter)
    add("GET", "count", "read", show_count)
    add("GET", "views", "read", show_views)
    add("POST", "views", "read", save_view)
    add("POST", "views/<uuid:id>", "read", change_view)
    add("POST", "views/<uuid:id>/removal", "read", remove_view)
    add("GET", "file", "export", send_file)
    if listing.change:
        add("GET", "cells/<uuid:id>", "read", cell_page)
        add("POST", "cells/<uuid:id>", "edit", change_cell)
    if listing.actions:
        add("GET", "actions", "edit", show_actions)
        add("POST", "changes", "edit", change_chosen)


def whole(listing: Listing, sent: Any = None) -> Asked:
    return asked_of(request.args if sent is None else sent, listing.columns(current_user), listing.shown, listing.sort)


def show_filter(listing: Listing) -> Any:
    return piece_page(listing.columns(current_user), request.script_root + listing.path)


def piece_page(columns: list[Column], here: str) -> Any:
    """A piece of the filter while it is made: a condition whose column or comparison is another, one more, or none."""
    line = read_query(line=integer(0, NEW, optional=True))["line"]
    piece = "line" if line is not None else next((one for one in ("drop", "add") if one in request.args), "group")
    drafts = (
        drafts_of(request.args, columns, line or 0) if piece in ("line", "drop") else another(request.args, columns)
    )
    return render_template("listing/_filter_piece.html", piece=piece, drafts=drafts, columns=columns, here=here)


def show_count(listing: Listing) -> Any:
    number, exact = count(listing, whole(listing))
    return render_template("listing/_count.html", number=number, exact=exact)


def show_views(listing: Listing) -> Any:
    """One's own, and the shared ones that ask of columns that one may see: what they ask may be as much as an answer. Each shows
    what of its columns is there, and may be seen."""
    columns, mine = listing.columns(current_user), current_user.id
    seen, found = {column.key for column in columns}, SavedView.seen_by(current_user, listing.name)
    saved = [one for one in found if one.owner_id == mine or one.filters <= seen]
    current = read_query(saved=uuid(optional=True))["saved"]
    here = request.script_root + listing.path
    shown = {"listing": listing, "columns": columns, "saved": saved, "current": current, "here": here}
    return render_template("listing/_views.html", **shown)


def save_view(listing: Listing) -> Any:
    """Keep what the address asks under a name."""
    fields, kept = read(name=text(max=60, lines=False), shared=checkbox()), kept_of(listing)
    view = SavedView.keep(current_user, fields["name"], fields["shared"], kept, listing.name)
    commit()
    return redirect(f"{request.script_root}{listing.path}?{view.query}", 303)


def kept_of(listing: Listing) -> dict[str, list[str]]:
    return {name: values for name, values in whole(listing).kept.items() if name != "saved"}


def change_view(listing: Listing, id: UUID) -> Any:
    """Another name, seen by others or not, and what the address asks now."""
    fields, view = read(name=text(max=60, lines=False), shared=checkbox()), changeable(listing, id)
    view.change(**fields, asked=kept_of(listing))
    commit()
    flash(_("Saved."), "good")
    return redirect(f"{request.script_root}{listing.path}?{view.query}", 303)


def changeable(listing: Listing, id: UUID) -> SavedView:
    """Raises NotFound, and Forbidden for what is others'."""
    view = SavedView.find(id=id, listing=listing.name)
    return view if view.may_be_changed_by(current_user) else abort(403)


def remove_view(listing: Listing, id: UUID) -> Any:
    view = changeable(listing, id)
    db.session.delete(view)
    commit()
    flash(_("The view “%(name)s” is removed.", name=view.name), "good")
    return redirect(f"{request.script_root}{listing.path}", 303)


def show_actions(listing: Listing) -> Any:
    """What can be done with those that are ticked."""
    return render_template(listing.options["actions"], listing=listing)


def send_file(listing: Listing) -> Any:
    return file_of(listing, whole(listing), request.args.get("as", "csv"))


def change_chosen(listing: Listing) -> Any:
    """One change to all that are ticked, or to none; a refusal is said above the list, where all ticks still are."""
    try:
        return change_many(listing)
    except (Invalid, Refused) as refused:
        if wants_json() or wants_fragment():
            raise
        end_reading()
        return list_page(listing, refused.description or "", refused.code)
