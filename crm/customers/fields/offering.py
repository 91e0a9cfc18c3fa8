"""What a field for somebody or a company offers while it is typed."""

from typing import Any

from flask import render_template
from flask_login import current_user
from sqlalchemy import func, select

from ...accounts.models import Person
from ...db import db
from ...finding import MOST_WORDS, SHORTEST_PART, escaped
from ...web import choice, permitted, read_query, text
from ..company_queries import names_like
from .panels import bp

MOST = 8
SEARCH = Person.__table__.c.search  # has the trigram index


@bp.get("/fields/names")
@permitted("customers.read")
def names() -> Any:
    """Of the kind `what`, those that fit to what stands in the field `of`, as (value, what tells it from others)."""
    asked = read_query(what=choice("person", "company"), of=text(max=60))
    typed = read_query(**{asked["of"]: text(max=300, optional=True, lines=False)})[asked["of"]]
    found = people_like(typed) if asked["what"] == "person" else companies_like(typed)
    return render_template("fields/_names.html", names=found)


def people_like(typed: str) -> list[tuple[str, str]]:
    """Customers, and colleagues, by words of their name or address; none before a word is long enough for the index."""
    words = typed.split()[:MOST_WORDS]
    if max(map(len, words), default=0) < SHORTEST_PART:
        return []
    query = select(Person.name, Person.email).where(Person.kind.in_(seen()))
    for word in words:
        query = query.where(SEARCH.ilike(f"%{escaped(word)}%", escape="\\"))
    lines = db.session.execute(query.order_by(func.lower(Person.name), Person.id).limit(MOST)).all()
    return [(line.email or line.name, line.name if line.email else "") for line in lines if line.email or line.name]


def seen() -> list[str]:
    return ["customer", "employee"] if current_user.may("employees.read") else ["customer"]


def companies_like(typed: str) -> list[tuple[str, str]]:
    found = names_like(typed, MOST) if typed else []
    return [(line.name, " · ".join(filter(None, (line.domain, line.city)))) for line in found]
