"""What is known of two companies, side by side, and which of it stays; and what hangs on one."""

from typing import Any

from flask_babel import format_decimal, get_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from ...db import db
from ...phones import phone_as_written
from ...references import pointers
from ..fields.naming import naming_fields, who_name
from ..models import Company
from .values import Line, both_custom, own_lines, picked

LABELS = {
    "name": _l("Name"),
    "domain": _l("Domain"),
    "website": _l("Website"),
    "phone": _l("Phone"),
    "industry": _l("Industry"),
    "employees": _l("Employees"),
    "founded": _l("Founded"),
    "street": _l("Street"),
    "postal_code": _l("Postal code"),
    "city": _l("City"),
    "region": _l("Region"),
    "country": _l("Country"),
    "parent_id": _l("Belongs to"),
    "owner_id": _l("Looked after by"),
    "external_id": _l("Number elsewhere"),
    "note": _l("Note"),
}
HANGS = {
    "places.company_id": _l("People who work there"),
    "transactions.company_id": _l("Purchases"),
    "companies.parent_id": _l("Subsidiaries"),
    "company_tags.company_id": _l("Tags"),
    "relations.from_company_id": _l("Relations"),
    "relations.to_company_id": _l("Relations"),
}


def company_lines(kept: Company, gone: Company) -> list[Line]:
    """What one of the two has."""
    found = (Line(name, str(label), shown(kept, name), shown(gone, name)) for name, label in LABELS.items())
    return [line for line in found if line.kept or line.gone] + own_lines(kept, gone)


def shown(company: Company, name: str) -> str:
    value = getattr(company, name)
    if value is None or value == "":
        return ""
    if name == "parent_id":
        return company.parent.name if company.parent else ""
    if name == "owner_id":
        return company.owner.shown_name if company.owner else ""
    if name == "employees":
        return format_decimal(value)
    if name == "country":
        return str(get_locale().territories.get(value, value))
    return phone_as_written(value) if name == "phone" else str(value)


def chosen_company_values(kept: Company, gone: Company, taken: set[str]) -> dict[str, Any]:
    """The kept one's columns as they are to be: of the gone one what is `taken`, and what the kept one has not."""
    values = {name: picked(kept, gone, name, taken) for name in LABELS}
    values["parent_id"] = parent_of_both(kept, gone, values["parent_id"])
    values["custom"] = both_custom(kept, gone, taken)
    return {name: value for name, value in values.items() if value != getattr(kept, name)}


def parent_of_both(kept: Company, gone: Company, wanted: Any) -> Any:
    """Of two that stand under each other the upper one's; and never one that stands under them."""
    if gone.id in {one.id for one in kept.above()}:
        return gone.parent_id
    below = wanted is not None and kept.id in {wanted, *(one.id for one in Company.find(id=wanted).above())}
    return kept.parent_id if below else wanted


def what_hangs(company: Company) -> list[tuple[str, int]]:
    """[(what people call it, how many)] of what there is."""
    counts: dict[str, int] = {}
    for pointer in pointers("companies"):
        if str(pointer) in HANGS:
            word = str(HANGS[str(pointer)])
            here = select(func.count()).select_from(pointer.table).where(pointer.of(company.id))
            counts[word] = counts.get(word, 0) + (db.session.scalar(here) or 0)
    for field, table in naming_fields("company"):
        here = select(func.count()).select_from(table).where(who_name(field, table, company.id))
        counts[field.name] = counts.get(field.name, 0) + (db.session.scalar(here) or 0)
    return [(word, count) for word, count in counts.items() if count]
