"""How customers and companies are found from everywhere: see crm/finding.py."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select

from ..finding import Asked, Kind, about, begins_with, finds, is_the
from .models import Company, Customer, CustomerEmail, CustomerPhone


def people(asked: Asked) -> list[Select[Any]]:
    """By the beginning of their name or address; by any address or number, and that which another program gave; and by
    words and parts of words of their name, address and number."""
    found = [begins_with(name, Customer.name) for name in ("capital", "whole")] + [
        is_the("whole", Customer.external_id)
    ]
    if asked.phone:
        found.append(begins_with("phone", Customer.phone))
    if asked.email:
        found += [begins_with("email", Customer.email), begins_with("email", Customer.claimed_email)]
    ids: list[Select[Any]] = [select(Customer.id.label("id")).where(condition) for condition in found]
    if asked.phone:
        ids.append(select(CustomerPhone.customer_id.label("id")).where(begins_with("phone", CustomerPhone.number)))
    if asked.email:
        ids.append(select(CustomerEmail.customer_id.label("id")).where(begins_with("email", CustomerEmail.email)))
    return ids if asked.exact else [*ids, asked.by_words(Customer.id, Customer.search)]


def shown_people() -> Select[Any]:
    named = func.nullif(Customer.name, ""), Customer.email, Customer.claimed_email, Customer.phone
    name, them = func.coalesce(*named).label("name"), about(Customer.email, Customer.claimed_email, Customer.phone)
    return select(Customer.id.label("key"), name, them, Customer.last_seen_at.label("at"))


def companies(asked: Asked) -> list[Select[Any]]:
    by_number = select(Company.id).where(is_the("whole", Company.external_id))
    return [by_number, asked.by_words(Company.id, Company.search)]


def shown_companies() -> Select[Any]:
    return select(
        Company.id.label("key"), Company.name, about(Company.domain, Company.city), Company.created_at.label("at")
    )


finds(
    Kind("customer", _l("Customers"), "user", "customers.read", "/customers/{}", Customer, people, shown_people,
         "/customers?q=")
)  # fmt: skip
finds(
    Kind("company", _l("Companies"), "building", "customers.read", "/companies/{}", Company, companies, shown_companies,
         "/companies?q=")
)  # fmt: skip
