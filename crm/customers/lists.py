"""The lists of customers and of companies: their columns, how they are searched, what can be changed in them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import ColumnElement, func, literal, select

from ..accounts.kinds import language_names
from ..accounts.models import Person
from ..db import db
from ..events import record
from ..finding import MOST_WORDS, escaped
from ..listing.columns import Born, Column, Someone
from ..listing.listing import Listing
from ..registry import figures_of
from ..web import Invalid, Kind, Unfit, choice, read, text
from .company_queries import owners, people_counts
from .contact import owner
from .details import tag_called
from .fields import read_custom, write_custom
from .fields.columns import CustomColumn, custom_columns
from .kinds import country, country_names
from .models import STAGES, Company, CompanyTag, Customer, CustomerTag, Tag
from .words import stage_words


class Tagged(Column):
    """Words that a record has; `link` names the record by `key` and the tag."""

    def __init__(self, model: Any, link: Any, key: Any) -> None:
        super().__init__("tags", _("Tags"), "text")
        self.model, self.link, self.record_id = model, link, key
        self.operators = ("is", "is_not", "empty", "filled")

    def where(self, operator: str, value: Any) -> Any:
        if operator in ("is", "filled"):
            return self.there(*([Tag.name == value.lower()] if operator == "is" else []))
        return ~self.there(*([Tag.name == value.lower()] if operator == "is_not" else []))

    def there(self, *conditions: Any) -> ColumnElement[bool]:
        mine = self.link.tenant_id == self.model.tenant_id, self.record_id == self.model.id
        query = select(literal(1)).select_from(self.link).where(*mine, *conditions)
        if conditions:
            query = query.join(Tag, (Tag.tenant_id == self.link.tenant_id) & (Tag.id == self.link.tag_id))
        return query.correlate(self.model.__table__).exists()

    def show(self, row: Any, known: dict[str, Any]) -> str:
        return ", ".join(known[self.key].get(row.id, ()))

    def look_up(self, ids: list[Any]) -> dict[Any, Any]:
        query = select(self.record_id, func.array_agg(Tag.name)).select_from(self.link)
        query = query.join(Tag, (Tag.tenant_id == self.link.tenant_id) & (Tag.id == self.link.tag_id))
        rows = db.session.execute(query.where(self.record_id.in_(ids)).group_by(self.record_id)).all()
        return {id: sorted(names) for id, names in rows}


class Employer(Column):
    """The company where a customer works mainly, asked by its name."""

    def __init__(self) -> None:
        super().__init__("company", _("Company"), "text", Customer.company_id)
        self.operators = ("has", "is", "empty", "filled")

    def where(self, operator: str, value: Any) -> Any:
        if operator in ("empty", "filled"):
            here = self.expression.is_(None)
            return here if operator == "empty" else ~here
        named = Company.name == value if operator == "is" else Company.search.ilike(f"%{escaped(value)}%", escape="\\")
        return self.expression.in_(select(Company.id).where(named))

    def show(self, row: Any, known: dict[str, Any]) -> str:
        return known[self.key].get(row.company_id, "") if row.company_id else ""


class Figure(Column):
    """A number that is counted for the rows of a page; nothing is asked or sorted by it."""

    def __init__(self, key: str, word: Any, read: Callable[[list[Any]], dict[Any, Any]]) -> None:
        super().__init__(key, word, "figure")
        self.look_up = read

    def held(self, row: Any) -> Any:
        return row.id

    def show(self, row: Any, known: dict[str, Any]) -> str:
        return str(self.plain(row, known))

    def plain(self, row: Any, known: dict[str, Any]) -> Any:
        return known[self.key].get(row.id, 0)


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
        Employer(),
        Column("stage", _("Stage"), "choice", here.lifecycle_stage, options=stage_words, edit=True),
        Someone("owner", _("Looked after by"), here.owner_id, getattr(viewer, "id", None), options=people_options, edit=True),
        Tagged(Customer, CustomerTag, CustomerTag.customer_id),
        Column("city", _("City"), "text", here.city),
        Column("country", _("Country"), "choice", here.country, options=country_names, edit=True),
        Column("language", _("Language"), "choice", here.language, options=language_names, edit=True),
        Column("external_id", _("Number in your shop"), "text", here.external_id),
        Figure("conversations", _("Conversations"), lambda ids: figures_of("customer", "conversations", ids)),
        Born("created", _("Customer since"), Customer),
        Column("seen", _("Last seen"), "moment", here.last_seen_at, required=True, sortable=True),
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


def words_in(column: Any) -> Callable[[str], list[Any]]:
    return lambda q: [column.ilike(f"%{escaped(word)}%", escape="\\") for word in q.split()[:MOST_WORDS]]


def look_up(rows: list[Any], columns: tuple[Column, ...]) -> dict[str, Any]:
    """What the shown columns need besides the rows: a statement for each that needs one."""
    found: dict[str, Any] = {}
    for column in columns:
        if isinstance(column, Tagged | Figure):
            found[column.key] = column.look_up([row.id for row in rows]) if rows else {}
        elif isinstance(column, Employer):
            found[column.key] = names_of(Company, {row.company_id for row in rows})
        elif isinstance(column, Someone):
            found[column.key] = names_of(Person, {row.owner_id for row in rows})
        elif isinstance(column, CustomColumn) and column.kind.always_filterable:
            named = names_of(column.kind.model, {column.held(row) for row in rows})  # type: ignore[attr-defined]
            found[column.key] = {str(id): name for id, name in named.items()}
    return found


def names_of(model: Any, ids: set[Any]) -> dict[Any, str]:
    wanted = ids - {None}
    if not wanted:
        return {}
    return {
        row.id: getattr(row, "shown_name", row.name)
        for row in db.session.scalars(select(model).where(model.id.in_(wanted)))
    }


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
    kind = type(row).__name__.lower()
    if isinstance(column, CustomColumn):
        values = read_custom(kind, {column.field.key: raw}, record=row, whole=False, viewer=current_user)
        if write_custom(row, values):
            record(f"{kind}.changed", row, field="custom")
        return
    name, reader = OWN[column.key]
    try:
        value = reader()(raw)
    except Unfit as problem:
        raise Invalid({"value": str(problem)}) from None
    if getattr(row, name) != value:
        row.change(**{name: value})


@dataclass(frozen=True)
class Action:
    word: Any
    make: Callable[[], Callable[[Any], None]]


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


CUSTOMERS = Listing(
    "customers", Customer, _l("Customers"), "/customers", customer_columns,
    ("name", "email", "phone", "conversations", "seen"), "-seen", words_in(Customer.search), look_up=look_up, change=change,
    actions={"tag": Action(_l("Add tag"), tagging), "owner": Action(_l("Give to"), giving), "stage": Action(_l("Set stage"), moving)},
    template="customers/list.html", options={"owners": people_options, "stages": stage_words, "actions": "customers/_actions.html"},
)  # fmt: skip
COMPANIES = Listing(
    "companies", Company, _l("Companies"), "/companies", company_columns,
    ("name", "industry", "city", "country", "employees", "people"), "name", words_in(Company.search), look_up=look_up,
    change=change, actions={"tag": Action(_l("Add tag"), tagging), "owner": Action(_l("Give to"), giving)},
    template="customers/companies.html", options={"owners": people_options, "actions": "customers/_actions.html"},
)  # fmt: skip
