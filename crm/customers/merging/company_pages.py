"""What hangs on a company, and deleting it; bringing back those that are gone."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ...events import commit
from ...registry import panel
from ...web import permitted
from ..blueprint import bp
from ..models import Company, GoneCompany
from .companies import delete_company
from .company_undo import Left, bring_back
from .company_values import what_hangs


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
    left = bring_back(end)
    commit()
    flash(_("%(name)s is back, with what went with it.", name=end.name), "good")
    tell(left)
    return redirect(url_for("customers.show_company", id=end.gone_id), 303)


def tell(left: Left) -> None:
    if left.taken:
        taken = ", ".join(left.taken)
        flash(_("Another company has this by now, so it was not given back: %(what)s.", what=taken), "bad")
    if left.elsewhere:
        names = ", ".join(left.elsewhere)
        flash(
            _(
                "They work mainly somewhere else since, and that stays so: %(names)s. Here they have a place, too.",
                names=names,
            ),
            "calm",
        )


@panel("company_side")
def ends_panel(company: Company) -> str | None:
    """What became a part of it, and the ways to merge and to delete it."""
    if not current_user.may("customers.merge"):
        return None
    return render_template("customers/_company_ends.html", company=company, ends=GoneCompany.lately(company.id))
