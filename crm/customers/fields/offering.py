"""What a field for somebody, a company or tags offers while it is typed."""

from typing import Any

from flask import render_template
from flask_login import current_user
from sqlalchemy import func, select

from ...accounts.models import Person
from ...db import db
from ...finding import MOST_WORDS, SHORTEST_PART, escaped
from ...web import choice, permitted, read_query, text
from ..company_queries import names_like
from ..models import Tag
from .panels import bp

MOST, MOST_TAGS = 8, 20
SEARCH = Person.__table__.c.search  # has the trigram index


@bp.get("/fields/names")
@permitted("customers.read")
def names() -> Any:
    """Of the kind `what`, those that fit to what stands in the field `of`, as (value, what tells it from others)."""
    asked = read_query(what=choice(*OFFERED), of=text(max=60))
    typed = read_query(**{asked["of"]: text(max=2_000, optional=True, lines=False)})[asked["of"]]
    return render_template("fields/_names.html", names=OFFERED[asked["what"]](typed))


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


def tags_like(typed: str) -> list[tuple[str, str]]:
    """Those that a tag after the last comma may become, with what stands before it: an offer takes the place of the whole. Those
    that begin with it first, before a letter is typed in the order of the alphabet."""
    before, comma, last = typed.lower().rpartition(",")
    here, taken = last.strip(), {one.strip() for one in before.split(",")}
    begins = Tag.name.like(f"{escaped(here)}%", escape="\\")
    query = select(Tag.name).where(Tag.name.like(f"%{escaped(here)}%", escape="\\"), Tag.name.not_in(taken))
    found = db.session.scalars(query.order_by(begins.desc(), Tag.name).limit(MOST_TAGS)).all()
    return [(f"{before}, {name}" if comma else name, name if comma else "") for name in found]


OFFERED = {"person": people_like, "company": companies_like, "tag": tags_like}
