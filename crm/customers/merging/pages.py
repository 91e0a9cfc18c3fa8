"""Two customers or two companies side by side, and merging them; parting customers again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ...events import commit
from ...registry import panel
from ...web import choices, permitted, read, read_query, text, uuid, wants_json
from ..blueprint import bp
from ..company_queries import companies_like
from ..models import Company, Customer, CustomerMerge
from ..models.merge import Moved
from ..queries import customers_like
from .companies import merge_companies
from .company_values import LABELS as COMPANY_LABELS
from .company_values import company_lines
from .merge import merge_customers
from .undo import part
from .values import LABELS, lines, own_names, what_ends


@dataclass(frozen=True)
class Side:
    """How two of a kind are found, laid side by side and merged; `ends` says what to know before, a sentence each."""

    model: Any
    like: Callable[[str], list[Any]]
    labels: dict[str, Any]
    lines: Callable[..., list[Any]]
    ends: Callable[..., list[str]]
    merge: Callable[..., Any]
    page: str


SIDES = {
    "customers": Side(Customer, customers_like, LABELS, lines, what_ends, merge_customers, "customers.show"),
    "companies": Side(Company, companies_like, COMPANY_LABELS, company_lines, lambda kept, gone: [], merge_companies,
                      "customers.show_company"),
}  # fmt: skip
OF_KIND = "/<any(customers, companies):who>/<uuid:id>/merges"


@bp.get(f"{OF_KIND}/new")
@permitted("customers.merge")
def new_merge(who: str, id: UUID) -> Any:
    """Choose the other one, then what stays of both. Who stands in the address is kept."""
    side, asked = SIDES[who], read_query(other=uuid(optional=True), q=text(max=200, optional=True))
    kept, other = side.model.find(id=id), asked["other"]
    if other and other != id:
        return side_by_side(who, kept, side.model.find(id=other))
    rows = [one for one in side.like(asked["q"]) if one.id != id] if asked["q"] else []
    return render_template("customers/merge_with.html", who=who, one=kept, q=asked["q"], rows=rows)


def side_by_side(who: str, kept: Any, gone: Any) -> Any:
    known = {"lines": SIDES[who].lines(kept, gone), "ends": SIDES[who].ends(kept, gone)}
    return render_template("customers/merge.html", who=who, kept=kept, gone=gone, **known)


@bp.post(OF_KIND)
@permitted("customers.merge")
def create_merge(who: str, id: UUID) -> Any:
    side = SIDES[who]
    fields = read(other=uuid(), take=choices(*side.labels, *own_names(side.model.__name__.lower())))
    side.merge(side.model.find(id=id), side.model.find(id=fields["other"]), current_user, set(fields["take"]))
    commit()
    flash(_("Merged. It can be undone for 30 days, on this page."), "good")
    return redirect(url_for(side.page, id=id), 303)


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
