"""Long reads of customers."""

from sqlalchemy import select

from ..finding import MOST_WORDS, escaped
from ..paging import Page, page
from .models import Customer


def customers(wanted: str) -> Page:
    """One page, the last seen first; with `wanted`, those whose name, e-mail or phone has each of its words in it.

    One statement. With words it uses ix_people_search, for which `texticlike` must be marked leakproof.
    """
    query = select(Customer)
    for word in wanted.split()[:MOST_WORDS]:
        query = query.where(Customer.search.ilike(f"%{escaped(word)}%", escape="\\"))
    return page(query, Customer.last_seen_at, Customer.id)


def customers_like(wanted: str, most: int = 20) -> list[Customer]:
    return list(customers(wanted).rows[:most])
