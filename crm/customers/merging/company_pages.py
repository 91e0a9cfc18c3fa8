"""Two companies side by side, and merging them; what hangs on one, and deleting it; bringing back those that are gone."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ...events import commit
from ...registry import panel
from ...web import choices, permitted, read, read_query, text, uuid
from ..blueprint import bp
from ..company_queries import companies_like
from ..models import Company, GoneCompany
from .companies import delete_company, merge_companies
from .company_undo import bring_back
from .company_values import LABELS, company_lines, what_hangs


@bp.get("/companies/<uuid:id>/merges/new")
@permitted("customers.merge")
def new_company_merge(id: UUID) -> Any:
    """Choose the other one, then what stays of both. The company of the address is the one that is kept."""
    asked = read_query(other=uuid(optional=True), q=text(max=200, optional=True))
    kept, other = Company.find(id=id), asked["other"]
    if other and other != id:
        gone = Company.find(id=other)
        lines = company_lines(kept, gone)
        return render_template("customers/company_merge.html", kept=kept, gone=gone, lines=lines)
    rows = [one for one in companies_like(asked["q"]) if one.id != id] if asked["q"] else []
    return render_template("customers/company_merge_with.html", company=kept, q=asked["q"], rows=rows)


@bp.post("/companies/<uuid:id>/merges")
@permitted("customers.merge")
def create_company_merge(id: UUID) -> Any:
    fields = read(other=uuid(), take=choices(*LABELS))
    merge_companies(Company.find(id=id), Company.find(id=fields["other"]), current_user, set(fields["take"]))
    commit()
    flash(_("Merged. It can be undone for 30 days, on this page."), "good")
    return redirect(url_for("customers.show_company", id=id), 303)


@bp.get("/companies/<uuid:id>/removal")
@permitted("customers.merge")
def new_removal(id: UUID) -> Any:
    company = Company.find(id=id)
    return render_template("customers/company_removal.html", company=company, hangs=what_hangs(company))


@bp.post("/companies/<uuid:id>/removal")
@permitted("customers.merge")
def remove_company(id: UUID) -> Any:
    delete_company(Company.find(id=id), current_user)
    commit()
    flash(_("Deleted. You can bring it back from here for 30 days."), "good")
    return redirect(url_for("customers.gone_companies"), 303)


@bp.get("/companies/gone")
@permitted("customers.merge")
def gone_companies() -> Any:
    return render_template("customers/companies_gone.html", ends=GoneCompany.lately())


@bp.post("/companies/gone/<uuid:id>/return")
@permitted("customers.merge")
def return_company(id: UUID) -> Any:
    end = GoneCompany.locked(id=id)
    lost = bring_back(end)
    commit()
    flash(_("%(name)s is back, with what went with it.", name=end.name), "good")
    if lost:
        flash(_("Another company has this by now, so it was not given back: %(what)s.", what=", ".join(lost)), "bad")
    return redirect(url_for("customers.show_company", id=end.gone_id), 303)


@panel("company_side")
def ends_panel(company: Company) -> str | None:
    """What became a part of it, and the ways to merge and to delete it."""
    if not current_user.may("customers.merge"):
        return None
    return render_template("customers/_company_ends.html", company=company, ends=GoneCompany.lately(company.id))
