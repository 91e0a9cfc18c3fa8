"""What purchases add to the page of a customer or a company: what they bought, what it was worth, and what happened when."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import case, func, select

from ..accounts.models import Person
from ..customers.models import Company, Customer
from ..db import db
from ..registry import figures, glimpse, panel
from ..timeline import Line, kind, told
from .models import Transaction
from .money import shown

SHOWN = 10
STEPS = ("placed", "paid", "fulfilled", "cancelled", "refunded", "imported")
CAME = Transaction.base_total - Transaction.base_credited - Transaction.base_disputed
WORTH = func.sum(case((Transaction.kind == "refund", -CAME), else_=CAME))
# What counts: purchases that were paid, less what went back. What came back unpaid is neither.
COUNTS = (Transaction.paid_at.is_not(None)) | (
    (Transaction.kind == "refund") & (Transaction.credited < Transaction.total)
)


@glimpse("customer", "purchases")
def purchases(id: Any) -> Any:
    return last_of(Transaction.customer_id == id)


@glimpse("company", "purchases")
def purchases_of_company(id: Any) -> Any:
    return last_of(Transaction.company_id == id)


def last_of(whose: Any) -> Any:
    """The last ones, as {number, kind, state, total, currency, happened_at, paid_at, paid, surplus, credited, disputed, lost,
    who}."""
    names = (
        "number",
        "kind",
        "state",
        "total",
        "currency",
        "happened_at",
        "paid_at",
        "paid",
        "surplus",
        "credited",
        "disputed",
        "lost",
    )
    joint = (Person.tenant_id == Transaction.tenant_id) & (Person.id == Transaction.customer_id)
    last = select(*(getattr(Transaction, name) for name in names), Person.name.label("who")).outerjoin(Person, joint)
    rows = last.where(whose).order_by(Transaction.happened_at.desc(), Transaction.id.desc()).limit(SHOWN).subquery()
    one = func.jsonb_build_object(*(part for name in (*names, "who") for part in (name, rows.c[name])))
    return select(func.coalesce(func.jsonb_agg(one), func.jsonb_build_array())).scalar_subquery()


@glimpse("customer", "value")
def value(id: Any) -> Any:
    return worth_of(Transaction.customer_id == id)


@glimpse("company", "value")
def value_of_company(id: Any) -> Any:
    return worth_of(Transaction.company_id == id)


def worth_of(whose: Any) -> Any:
    """[{currency, amount}]: one for each currency that was the workspace's own when they bought."""
    sums = select(Transaction.base_currency, WORTH.label("amount")).where(whose, COUNTS)
    rows = sums.group_by(Transaction.base_currency).subquery()
    one = func.jsonb_build_object("currency", rows.c.base_currency, "amount", rows.c.amount)
    return select(func.coalesce(func.jsonb_agg(one), func.jsonb_build_array())).scalar_subquery()


@figures("customer", "value")
def values(ids: list[UUID]) -> dict[UUID, list[tuple[int, str]]]:
    """{customer id: [(amount, currency)]} for those who paid something."""
    query = select(Transaction.customer_id, WORTH, Transaction.base_currency).where(COUNTS)
    query = query.where(Transaction.customer_id.in_(ids)).group_by(Transaction.customer_id, Transaction.base_currency)
    found: dict[UUID, list[tuple[int, str]]] = {}
    for id, amount, currency in db.session.execute(query).all():
        found.setdefault(id, []).append((int(amount), currency))
    return found


@panel("customer_figure")
@panel("company_figure")
def value_figure(whose: Customer | Company) -> str | None:
    worth = vars(whose).get("glimpsed", {}).get("value", [])
    return render_template("catalog/_value.html", value=worth) if current_user.may("transactions.read") else None


@panel("customer")
@panel("company")
def purchases_panel(whose: Customer | Company) -> str | None:
    known = vars(whose).get("glimpsed", {})
    if not current_user.may("transactions.read"):
        return None
    shown = {"whose": whose, "is_company": isinstance(whose, Company), "purchases": known.get("purchases", [])}
    return render_template("catalog/_customer_panel.html", **shown, most=SHOWN)


kind("purchases", _l("Purchases"), "shopping-cart", *(f"transaction.{step}" for step in STEPS))


@told(*(f"transaction.{step}" for step in STEPS))
def tell_of_purchases(events: list[Any]) -> dict[UUID, Line]:
    return {event.id: by(line(event), event) for event in events}


def line(event: Any) -> Line:
    """From the facts alone: the number and the sum were written down with them."""
    number, sum = event.facts["number"], shown(event.facts["amount"], event.facts["currency"])
    words: dict[str, Any] = {"number": number, "sum": sum}
    back = (
        _("%(sum)s were credited: refund #%(number)s", **words)
        if event.facts.get("credited")
        else (_("%(sum)s went back: refund #%(number)s", **words))
    )
    lines = {
        "placed": Line("shopping-cart", _("Purchase #%(number)s was placed: %(sum)s", **words)),
        "paid": Line("circle-check", _("Purchase #%(number)s was paid: %(sum)s", **words), tone="good"),
        "fulfilled": Line("package", _("Purchase #%(number)s was fulfilled", **words)),
        "cancelled": Line("circle-x", _("Purchase #%(number)s was cancelled", **words), tone="warn"),
        "refunded": Line("arrow-back-up", back, tone="warn"),
        "imported": Line("upload", _("Purchase #%(number)s came with a file: %(sum)s", **words), at=day_of(event)),
    }
    return replace(lines[event.name.partition(".")[2]], link=f"/purchases/{number}")


def day_of(event: Any) -> datetime | None:
    """When it was bought, if that was not when it was told."""
    return datetime.fromisoformat(event.facts["at"]) if "at" in event.facts else None


def by(line: Line, event: Any) -> Line:
    """The same, with the colleague who did it."""
    return replace(line, by=event.actor_name) if event.actor_kind == "employee" and event.actor_name else line
