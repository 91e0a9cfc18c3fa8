"""The lists of customers and of companies: their columns, how they are searched, what can be changed in them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import abort
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user

from ..accounts.kinds import language_names
from ..db import db
from ..events import record
from ..listing.columns import Born, Column, Someone
from ..listing.listing import Listing
from ..registry import figures_of
from ..web import Invalid, Kind, Unfit, choice, read, text
from .company_queries import owners, people_counts
from .contact import owner
from .details import tag_called
from .fields.columns import CustomColumn, custom_columns
from .kinds import country, country_names
from .list_columns import Figure, Named, Tagged, change_custom, look_up, words_in
from .merging.many import delete_companies
from .models import STAGES, Company, CompanyTag, Customer, CustomerTag, Tag
from .words import stage_words


def people_options() -> list[tuple[Any, Any]]:
    return [(one.id, one.name) for one in owners()]


def customer_columns(viewer: Any) -> list[Column]:
    search, here = Customer.search, Customer
    return [
        Column("name", _("Name"), "text", here.name, via=search, sortable=True, required=True,
            template="customers/_name_cell.html", needs=("shown_name", "name", "blocked_at", "avatar_id"),
            read_from=lambda one: one.shown_name),
        Column("email", _("E-mail"), "text", here.email, via=search, sortable=True, template="customers/_email_cell.html",
            needs=("email", "claimed_email"),
            read_from=lambda one: one.email or one.claimed_email),
        Column("phone", _("Phone"), "text", here.phone, via=search, template="customers/_phone_cell.html", needs=("phone",)),
        Named("company", _("Company"), here.company_id, Company),
        Column("stage", _("Stage"), "choice", here.lifecycle_stage, options=stage_words, edit=True),
        Someone("owner", _("Looked after by"), here.owner_id, getattr(viewer, "id", None), options=people_options, edit=True),
        Tagged(Customer, CustomerTag, CustomerTag.customer_id),
        Column("city", _("City"), "text", here.city),
        Column("country", _("Country"), "choice", here.country, options=country_names, edit=True),
        Column("language", _("Language"), "choice", here.language, options=language_names, edit=True),
        Column("external_id", _("Number in your shop"), "text", here.external_id),
        Figure("conversations", _("Conversations"), lambda ids: figures_of("customer", "conversations", ids)),
        Born("created", _("Customer since"), Customer),
        Column("seen", _("Last seen"), "moment", here.last_seen_at, required=True, sortable=True,
            read_from=lambda one: one.seen_at),
        *custom_columns(Customer, "customer", viewer),
    ]  # fmt: skip


def company_columns(viewer: Any) -> list[Column]:
    here, search = Company, Company.search
    return [
        Column("name", _("Name"), "text", here.name, via=search, sortable=True, required=True,
            template="customers/_company_name_cell.html", needs=("name", "domain")),
        Column("domain", _("Domain"), "text", here.domain, via=search),
        Column("industry", _("Industry"), "text", here.industry, edit=True),
        Column("city", _("City"), "text", here.city, via=search, edit=True),
        Column("country", _("Country"), "choice", here.country, options=country_names, edit=True),
        Column("employees", _("Employees"), "number", here.employees, sortable=True),
        Column("founded", _("Founded in"), "number", here.founded, sortable=True),
        Someone("owner", _("Looked after by"), here.owner_id, getattr(viewer, "id", None), options=people_options, edit=True),
        Tagged(Company, CompanyTag, CompanyTag.company_id),
        Figure("people", _("People known"), people_counts),
        Born("created", _("Known since"), Company),
        *custom_columns(Company, "company", viewer),
    ]  # fmt: skip


OWN: dict[str, tuple[str, Callable[[], Kind]]] = {
    "stage": ("lifecycle_stage", lambda: choice(*STAGES)),
    "owner": ("owner_id", owner),
    "country": ("country", country),
    "language": ("language", lambda: choice(*dict(language_names()), optional=True)),
    "industry": ("industry", lambda: lambda raw: text(max=100, lines=False, optional=True)(raw) or None),
    "city": ("city", lambda: lambda raw: text(max=100, lines=False, optional=True)(raw) or None),
}


def change(row: Any, column: Column, raw: str) -> None:
    """One value of a customer or a company, read as in its form. Raises Invalid."""
    if isinstance(column, CustomColumn):
        return change_custom(row, column, raw)
    name, reader = OWN[column.key]
    try:
        value = reader()(raw)
    except Unfit as problem:
        raise Invalid({"value": str(problem)}) from None
    if getattr(row, name) != value:
        row.change(**{name: value})
    return None


@dataclass(frozen=True)
class Action:
    """`make` reads the form and gives the verb: of one record, or with `of_all` of the ids of all."""

    word: Any
    make: Callable[[], Callable[[Any], Any]]
    of_all: bool = False


def giving() -> Callable[[Any], None]:
    owner_id = read(owner_id=owner())["owner_id"]
    return lambda row: row.change(owner_id=owner_id) if row.owner_id != owner_id else None


def moving() -> Callable[[Any], None]:
    stage = read(stage=choice(*STAGES))["stage"]
    return lambda row: row.change(lifecycle_stage=stage) if row.lifecycle_stage != stage else None


def tagging() -> Callable[[Any], None]:
    tag = tag_called(read(tag=text(max=40, lines=False))["tag"].lower())
    db.session.flush()
    return lambda row: add_tag(row, tag)


def add_tag(row: Any, tag: Tag) -> None:
    link, key = (CustomerTag, "customer_id") if isinstance(row, Customer) else (CompanyTag, "company_id")
    if link.first(**{key: row.id, "tag_id": tag.id}) is None:
        link(**{key: row.id, "tag_id": tag.id}).save()
        record(f"{type(row).__name__.lower()}.changed", row, field="tags")


def deleting() -> Callable[[list[UUID]], str]:
    if not current_user.may("customers.merge"):
        abort(403)
    return delete_all


def delete_all(ids: list[UUID]) -> str:
    delete_companies(ids, current_user)
    told = ngettext("One company was deleted.", "%(num)s companies were deleted.", len(ids))
    return " ".join((told, _("Each can be brought back for 30 days.")))


CUSTOMERS = Listing(
    "customers", Customer, _l("Customers"), "/customers", customer_columns,
    ("name", "email", "phone", "conversations", "seen"), "-seen", words_in(Customer.search), look_up=look_up, change=change,
    actions={"tag": Action(_l("Add tag"), tagging), "owner": Action(_l("Give to"), giving), "stage": Action(_l("Set stage"), moving)},
    template="customers/list.html", options={"owners": people_options, "stages": stage_words, "actions": "customers/_actions.html"},
)  # fmt: skip
COMPANIES = Listing(
    "companies", Company, _l("Companies"), "/companies", company_columns,
    ("name", "industry", "city", "country", "employees", "people"), "name", words_in(Company.search), look_up=look_up,
    change=change,
    actions={"tag": Action(_l("Add tag"), tagging), "owner": Action(_l("Give to"), giving),
             "delete": Action(_l("Delete"), deleting, of_all=True)},
    template="customers/companies.html", options={"owners": people_options, "actions": "customers/_actions.html"},
)  # fmt: skip
