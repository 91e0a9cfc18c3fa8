"""Two customers side by side: merging them, and parting them again."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ...events import commit
from ...registry import panel
from ...web import choices, permitted, read, read_query, text, uuid, wants_json
from ..blueprint import bp
from ..models import Customer, CustomerMerge
from ..models.merge import Moved
from ..queries import customers
from .merge import merge_customers
from .undo import part
from .values import LABELS, lines, what_ends


@bp.get("/customers/<uuid:id>/merges/new")
@permitted("customers.merge")
def new_merge(id: UUID) -> Any:
    """Choose the other one, then what stays of both. The customer of the address is the one that is kept."""
    asked = read_query(other=uuid(optional=True), q=text(max=200, optional=True))
    kept, other = Customer.find(id=id), asked["other"]
    if other and other != id:
        return side_by_side(kept, Customer.find(id=other))
    rows = [one for one in customers(asked["q"]).rows if one.id != id][:20] if asked["q"] else []
    return render_template("customers/merge_with.html", customer=kept, q=asked["q"], rows=rows)


def side_by_side(kept: Customer, gone: Customer) -> Any:
    known = lines(kept, gone)
    return render_template("customers/merge.html", kept=kept, gone=gone, lines=known, ends=what_ends(kept, gone))


@bp.post("/customers/<uuid:id>/merges")
@permitted("customers.merge")
def create_merge(id: UUID) -> Any:
    fields = read(other=uuid(), take=choices(*LABELS))
    merge_customers(Customer.find(id=id), Customer.find(id=fields["other"]), current_user, set(fields["take"]))
    commit()
    flash(_("Merged. It can be undone for 30 days, on this page."), "good")
    return redirect(url_for("customers.show", id=id), 303)


@bp.post("/customers/merges/<uuid:id>/undoing")
@permitted("customers.merge")
def undo_merge(id: UUID) -> Any:
    merge = CustomerMerge.locked(id=id)
    lost = part(merge)
    commit()
    flash(_("Undone: there are two customers again. What came since the merge stays here."), "good")
    if lost:
        flash(_("Somebody else has this by now, so it was not given back: %(what)s.", what=", ".join(lost)), "bad")
    return redirect(url_for("customers.show", id=merge.kept_id), 303)


@bp.app_errorhandler(Moved)
def follow(moved: Moved) -> Any:
    """A page of somebody who was merged is the page of whom they became a part of."""
    if request.method not in ("GET", "HEAD") or wants_json() or not request.view_args:
        return moved
    return redirect(url_for(str(request.endpoint), **{**request.view_args, "id": moved.into}))


@panel("customer_side")
def merges_panel(customer: Customer) -> str | None:
    """Who became a part of them, and the way to one more."""
    merges = CustomerMerge.of(customer) if customer.glimpsed.get("merged", True) else []
    may = current_user.may("customers.merge")
    if not merges and not may:
        return None
    return render_template("customers/_merges.html", customer=customer, merges=merges, may_merge=may)
