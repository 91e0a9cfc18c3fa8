"""Companies: their list and each one's page."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ..events import commit
from ..forms import filled, redraw
from ..listing.pages import list_page, mount
from ..meanwhile import carried, put_together
from ..registry import panels_of
from ..web import Invalid, integer, permitted, read, read_query, text
from .blueprint import bp
from .company_page import heard, whole_company
from .company_queries import company_called, names_like, owners, people_in, subsidiaries
from .contact import owner
from .details import keep_tags, tags_of
from .fields.panels import keep_fields, known_inputs
from .kinds import country, country_names, domain, none_for_nothing, phone, tags, web_address
from .lists import COMPANIES
from .models import Company
from .timeline import of_company

FACTS = (
    "name", "domain", "industry", "employees", "founded", "website", "phone", "street", "postal_code", "city", "region",
    "country", "owner_id", "external_id", "note",
)  # fmt: skip


@bp.get("/companies")
@permitted("customers.read")
def list_companies() -> Any:
    return list_page(COMPANIES)


mount(bp, COMPANIES)


@bp.get("/companies/names")
@permitted("customers.read")
def company_names() -> Any:
    """What a field offers while a company's name is typed."""
    typed = read_query(company=text(max=200, optional=True), parent=text(max=200, optional=True))
    found = names_like(typed["company"] or typed["parent"])
    return render_template("customers/_company_names.html", companies=found)


@bp.get("/companies/new")
@permitted("customers.edit")
def new_company(errors: dict[str, str] | None = None) -> Any:
    return company_form(None, errors)


@bp.post("/companies")
@permitted("customers.edit")
@redraw(new_company)
def create_company() -> Any:
    facts, words = read_company()
    company = Company.add(**facts)
    keep_tags(company, words)
    keep_fields(company, new=True)
    commit()
    return company_saved(company.id)


@bp.get("/companies/<uuid:id>")
@permitted("customers.read")
def show_company(id: UUID, errors: dict[str, str] | None = None) -> Any:
    company, kind = whole_company(id), read_query(kind=text(max=40, optional=True))["kind"]
    shown = around(company) | of_company(company, kind) | company.glimpsed
    return render_template("customers/company.html", company=company, errors=errors or {}, **shown)


@bp.get("/companies/<uuid:id>/people")
@permitted("customers.read")
def show_company_people(id: UUID) -> Any:
    """Who works there now; with whom an open page does not hear yet, the way to do so."""
    company, known = whole_company(id), read_query(heard=text(max=40, optional=True))["heard"]
    shown = who_is_there(company)
    return render_template("customers/_company_people.html", company=company, anew=known != shown["heard"], **shown)


def who_is_there(company: Company) -> dict[str, Any]:
    members, headcount = company.glimpsed["members"], company.glimpsed["headcount"]
    shown = {"people": people_in(company) if headcount else [], "headcount": headcount, "heard": heard(members)}
    return shown | {"may_edit": current_user.may("customers.edit")}


def around(company: Company) -> dict[str, Any]:
    """What its page shows beside what it is."""
    panels = {place: panels_of(f"company_{place}", company) for place in ("figure", "work", "facts", "side")}
    panels["more"] = panels_of("company", company)
    family = {"above": list(company.above()), "subsidiaries": subsidiaries(company)}
    return {**family, **who_is_there(company), "panels": panels}


@bp.get("/companies/<uuid:id>/edit")
@permitted("customers.edit")
def edit_company(id: UUID, errors: dict[str, str] | None = None) -> Any:
    return company_form(Company.find(id=id), errors)


@bp.post("/companies/<uuid:id>")
@permitted("customers.edit")
@redraw(edit_company)
def update_company(id: UUID) -> Any:
    company = Company.locked(id=id)
    put_together(known_company(company) | known_inputs("company", company))
    facts, words = read_company()
    company.change(**facts)
    keep_tags(company, words)
    keep_fields(company)
    commit()
    return company_saved(id)


def company_form(company: Company | None, errors: dict[str, str] | None) -> Any:
    form = filled(**known_company(company))
    if company:
        form["shown"] = carried(known_company(company) | known_inputs("company", company))
    lists = {"countries": country_names(), "owners": owners()}
    return render_template("customers/company_edit.html", company=company, form=form, errors=errors, **lists)


def known_company(company: Company | None) -> dict[str, Any]:
    known: dict[str, Any] = {name: getattr(company, name, None) or "" for name in FACTS}
    known["parent"] = company.parent.name if company and company.parent else ""
    known["tags"] = ", ".join(tag.name for tag in tags_of(company)) if company else ""
    return known


def read_company() -> tuple[dict[str, Any], list[str] | None]:
    """Exactly the fields of the form, and the tags. Raises Invalid."""
    line = none_for_nothing(text(max=100, lines=False, optional=True))
    facts = read(
        name=text(max=200, lines=False), domain=domain(), website=web_address(), phone=phone(), industry=line,
        employees=integer(0, 10_000_000, optional=True), founded=integer(800, 2200, optional=True),
        street=none_for_nothing(text(max=200, lines=False, optional=True)), postal_code=line, city=line, region=line,
        country=country(), parent=text(max=200, lines=False, optional=True), owner_id=owner(),
        external_id=line, note=none_for_nothing(text(max=2000, optional=True)), tags=tags(),
    )  # fmt: skip
    facts["parent_id"] = parent_id_of(facts.pop("parent"))
    return facts, facts.pop("tags")


def parent_id_of(name: str) -> UUID | None:
    parent = company_called(name) if name else None
    if name and parent is None:
        raise Invalid({"parent": _("There is no company of this name yet. Add it first, or leave this empty.")})
    return parent.id if parent else None


def company_saved(id: UUID) -> Any:
    flash(_("Saved."), "good")
    return redirect(url_for(".show_company", id=id), 303)
