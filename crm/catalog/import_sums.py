"""What purchases from files come to: sums, the rate of their day, and when each step was."""

from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from ..accounts.models import Person
from ..db import db
from ..importing.preparing import Prepared
from ..tenancy import current_tenant
from ..web import Unfit
from .import_lines import Lines, Reckoning, products_called, simple
from .models import Rate, ShopSettings
from .models.draft import MOST_TOTAL
from .models.rate import converted
from .models.transaction import MOST_BASE

PEOPLE = Person.__table__
PAID = ("paid", "refunded")


class Sums:
    """For the rows of a batch. `held` are purchases whose money stays as it is."""

    FILLED: ClassVar = ("total", "tax", "discount", "base_currency", "base_total", "tax_included", "paid", "refunded",
                        "placed_at", "paid_at", "fulfilled_at", "cancelled_at")  # fmt: skip

    def __init__(self, rows: list[Prepared], held: set[UUID]):
        self.held, self.base = held, current_tenant.currency
        self.usual = ShopSettings.here().prices_include_tax
        named = {line["product"] for row in rows for line in row.facts.get("lines", ()) if line.get("product")}
        self.known = products_called(named)
        self.companies = companies_of({id for row in rows if (id := row.facts.get("customer"))})
        self.rates = rates_of({row.facts.get("currency") for row in rows} - {None, self.base})
        old = [row.found["id"] for row in rows if row.found and "lines" in row.facts]
        self.lines = Lines().read(old) if old else {}

    def fill(self, row: Prepared) -> None:
        """Raises Unfit."""
        facts, found = row.facts, row.found or {}
        if found.get("kind") == "refund":
            raise Unfit(_("This is a refund. What went back does not change any more."))
        if not found:
            facts.setdefault("currency", self.base)
            facts.setdefault("state", "paid")
            if not facts.get("company"):
                facts["company"] = self.companies.get(facts["customer"])
        self.steps(facts, found)
        if "lines" in facts:
            self.draw_up(facts, found)
        elif facts.get("currency", found["currency"]) != found["currency"]:
            raise Unfit(_("In another currency it has other prices: name its lines, too."))
        else:
            facts.pop("rate", None)
        self.stamp(facts, found)
        self.guard(row)

    def steps(self, facts: dict[str, Any], found: dict[str, Any]) -> None:
        """How far it is, and whether it is paid."""
        paid, was = facts.pop("was_paid", None), bool(found.get("paid_at"))
        wanted = facts.get("state")
        if wanted == "completed":
            facts["state"], paid = "fulfilled", paid is not False
        state = facts.get("state", found.get("state"))
        if state == "placed" and paid:
            facts["state"] = "paid"
        elif state == "paid" and paid is False:
            facts["state"] = "placed"
        facts["is_paid"] = facts.get("state", state) in PAID or (
            state == "fulfilled" and (was if paid is None else paid)
        )

    def draw_up(self, facts: dict[str, Any], found: dict[str, Any]) -> None:
        """The lines, their sums, and these in the workspace's own currency."""
        code: str = facts.get("currency") or found["currency"]
        sums = [simple(line) for line in facts["lines"]]
        if any(sums) and not all(sums):
            raise Unfit(_("Give every line of a purchase a price, or every one a sum."))
        included = True if all(sums) else found.get("tax_included", self.usual)
        reckoning = Reckoning(code, included, self.known)
        lines = facts["lines"] = reckoning.whole(facts["lines"])
        total = sum(line["total"] for line in lines)
        if total > MOST_TOTAL:
            raise Unfit(_("This is more than can be kept."))
        reckoning.agree(facts.pop("sum", None), total)
        facts |= {"kept_total": total, "kept_tax": sum(line["tax"] for line in lines), "kept_tax_included": included}
        facts |= {"kept_discount": sum(line["discount"] for line in lines), "currency": code}
        self.convert(facts, found, total)

    def convert(self, facts: dict[str, Any], found: dict[str, Any], total: int) -> None:
        base, code = found.get("base_currency", self.base), facts["currency"]
        day = (facts.get("happened_at") or found["happened_at"]).astimezone(current_tenant.zone).date()
        worth = Decimal(1) if code == base else facts.get("rate") or self.rate_of(code, day)
        if code == found.get("currency") and "rate" not in facts:
            worth = found["rate"]
        if worth is None:
            words = {"base": base, "currency": code}
            raise Unfit(_("Nobody knows how many %(base)s one %(currency)s was worth on that day. Give the rate in a column, "
                          "or keep one in the settings of sales.", **words))  # fmt: skip
        facts |= {"rate": worth, "kept_base_currency": base, "kept_base_total": in_base(total, code, base, worth)}

    def rate_of(self, code: str, day: date) -> Decimal | None:
        """The last one before the next day."""
        return next((rate for since, rate in self.rates.get(code, ()) if since <= day), None)

    def stamp(self, facts: dict[str, Any], found: dict[str, Any]) -> None:
        """When each step was, and what came in and went back: the file knows one day, which is that of all of them."""
        state, total = facts.get("state", found.get("state")), facts.get("kept_total", found.get("total"))
        at, is_paid = facts.get("happened_at") or found["happened_at"], facts.pop("is_paid")
        facts |= {"kept_paid": total if is_paid else 0, "kept_refunded": total if state == "refunded" else 0}
        reached = {"placed_at": True, "paid_at": is_paid and state != "refunded", "fulfilled_at": state == "fulfilled",
                   "cancelled_at": state == "cancelled"}  # fmt: skip
        same = found.get("happened_at") == at
        for name, is_so in reached.items():
            before = found.get(name) if same else None
            facts[f"kept_{name}"] = (before or at) if is_so else None
        facts.pop("sum", None)

    def guard(self, row: Prepared) -> None:
        """Raises Unfit where money that somebody took or gave here would be another."""
        if not row.found:
            return
        found, names = row.found, ("currency", "state", "rate", *Sums.FILLED)
        other = any(row.facts[key] != found[name] for name in names
                    for key in (name, f"kept_{name}") if key in row.facts)  # fmt: skip
        other = other or any(
            name in row.facts and row.facts[name] != found[f"{name}_id"] for name in ("customer", "company")
        )
        other = other or ("lines" in row.facts and row.facts["lines"] != self.lines.get(found["id"]))
        if other and (found["source"] != "import" or found["id"] in self.held):
            raise Unfit(
                _(
                    "This purchase was entered, paid or refunded here: a file changes its note and your own fields alone."
                )
            )


def in_base(total: int, code: str, base: str, worth: Decimal) -> int:
    """Raises Unfit for what cannot be kept, or has more digits than are reckoned with."""
    with suppress(InvalidOperation):
        if (value := converted(total, code, base, worth)) <= MOST_BASE:
            return value
    raise Unfit(_("This is more than can be kept."))


def companies_of(ids: set[UUID]) -> dict[UUID, UUID]:
    if not ids:
        return {}
    query = select(PEOPLE.c.id, PEOPLE.c.company_id).where(
        PEOPLE.c.tenant_id == current_tenant.id, PEOPLE.c.id.in_(ids)
    )
    return {id: company for id, company in db.session.execute(query) if company}


def rates_of(codes: set[Any]) -> dict[str, list[tuple[date, Decimal]]]:
    """{currency: [(since, rate)], the newest first}"""
    found: dict[str, list[tuple[date, Decimal]]] = {}
    query = select(Rate).where(Rate.base == current_tenant.currency, Rate.currency.in_(codes))
    for one in db.session.scalars(query.order_by(Rate.day.desc())).all() if codes else ():
        found.setdefault(one.currency, []).append((one.day, one.rate))
    return found
