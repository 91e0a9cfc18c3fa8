"""Products and services from files."""

import re
from collections.abc import Collection
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from ..accounts.kinds import currencies
from ..customers.import_fields import custom_fields, forget_values, gather, keep_values, preset
from ..db import db, uuid7
from ..importing.kinds import Extra, Field, Importable, Written, importable
from ..importing.preparing import Prepared
from ..importing.writing import change, put
from ..tenancy import current_tenant
from ..web import Unfit, integer, text
from .import_kinds import amount, percent, yes_or_no
from .import_sources import SOURCES
from .models import KINDS, Product, ProductPrice
from .money import percent_in_field, shown

PRICES = ProductPrice.__table__
# What lists of ours say, in files that come back.
KIND_WORDS = {"produkt": "product", "dienstleistung": "service"}
SOLD_WORDS = {"on sale": "yes", "im verkauf": "yes", "not on sale": "no", "nicht im verkauf": "no"}
USUAL = ("EUR", "USD", "GBP", "CHF")
SIGNS = re.compile(r"[^A-Z0-9]+")


class Prices(Extra):
    """{currency: smallest units}"""

    def read(self, ids: list[UUID]) -> dict[UUID, Any]:
        found: dict[UUID, Any] = {}
        query = select(PRICES.c.product_id, PRICES.c.currency, PRICES.c.amount).where(*self.of(ids))
        for id, currency, units in db.session.execute(query):
            found.setdefault(id, {})[currency] = units
        return found

    def write(self, values: dict[UUID, Any]) -> None:
        """A price that changes stays the same row, so that its audit says from what to what."""
        wanted = {(id, currency): units for id, prices in values.items() for currency, units in (prices or {}).items()}
        query = select(PRICES.c.id, PRICES.c.product_id, PRICES.c.currency).where(*self.of(list(values)))
        known = {(product, currency): id for id, product, currency in db.session.execute(query)}
        gone = [id for key, id in known.items() if key not in wanted]
        db.session.execute(delete(PRICES).where(PRICES.c.tenant_id == current_tenant.id, PRICES.c.id.in_(gone)))
        change(PRICES, ["id", "amount"], ([known[key], units] for key, units in wanted.items() if key in known))
        new = ([uuid7(), *key, units] for key, units in wanted.items() if key not in known)
        put(PRICES, ["id", "product_id", "currency", "amount"], new)

    def taken_back(self, present: Any, before: Any, after: Any) -> Any:
        """A price that somebody changed since stays theirs."""
        was, became, now = before or {}, after or {}, present or {}
        mine = {one for one in {*was, *became} if was.get(one) != became.get(one) == now.get(one)}
        return {**{one: now[one] for one in now if one not in mine}, **{one: was[one] for one in mine if one in was}}

    def of(self, ids: list[UUID]) -> tuple[Any, ...]:
        return PRICES.c.tenant_id == current_tenant.id, PRICES.c.product_id.in_(ids)


def kind_of(value: Any) -> str | None:
    typed = str(value or "").strip().lower()
    typed = KIND_WORDS.get(typed, typed)
    if typed and typed not in KINDS:
        raise Unfit(_("Write product or service."))
    return typed or None


def sold(value: Any) -> bool | None:
    found: bool | None = yes_or_no()(SOLD_WORDS.get(str(value or "").strip().lower(), value))
    return found


def prices() -> list[Field]:
    """One for each currency: the workspace's own is what a price without one is in."""
    own, found = current_tenant.currency, list[Field]()
    for code in dict.fromkeys((own, *USUAL, *currencies())):
        headings = tuple(f"{word} {code.lower()}" for word in ("price", "price in", "preis in"))
        bare = ("price", "sales price", "unit price", "list price", "preis") if code == own else ()
        rare = code != own and code not in USUAL
        label = _l("Price in %(currency)s", currency=code)
        found.append(Field(f"price_{code}", label, amount(code), headings=(*headings, *bare), rare=rare))
    return found


@importable
class Products(Importable):
    name, noun, word, icon = "products", "product", _l("Products"), "package"
    permission = "catalog.edit"
    table = Product.__table__
    keys = ("external_id", "sku")
    finders = ("name",)
    parts = frozenset({"product_prices"})
    sources = SOURCES
    example = "SKU,Name,Kind,Price in EUR,Category,Stock,Active\nTENT-2,Tent for two,product,129.00,Camping,12,yes\n"

    def fields(self) -> list[Field]:
        line = text(max=200, lines=False, optional=True)
        return [
            Field("sku", _l("SKU"), text(max=60, lines=False), "sku", ("article number", "item number", "product code",
                  "artikelnummer", "number", "nummer")),
            Field("name", _l("Name"), line, "name", ("product", "product name", "title", "item", "produkt", "artikel")),
            Field("kind", _l("Kind"), kind_of, "kind", ("type", "art")),
            Field("description", _l("Description"), text(max=5000, optional=True), "description", ("beschreibung",)),
            Field("category", _l("Category"), line, "category", ("series", "group", "product family", "kategorie")),
            *prices(),
            Field("tax_rate", _l("Tax in percent"), percent, "tax_rate", ("tax", "vat", "tax rate", "mwst", "steuer"),
                  seen=percent_in_field),
            Field("stock", _l("Stock"), integer(0, 10**12, optional=True), "stock", ("quantity", "inventory", "bestand", "in stock",
                  "im bestand")),
            Field("active", _l("Active"), sold, "active", ("sold", "enabled", "aktiv", "on sale", "im verkauf")),
            Field("external_id", _l("External id"), line, "external_id", ("id", "product id", "record id",
                  "number elsewhere", "nummer anderswo")),
            Field("prices", _l("Prices"), dict, extra=Prices(), join=lambda old, new: {**(old or {}), **new}, offered=False,
                  seen=in_words),
            *custom_fields("product"),
        ]  # fmt: skip

    def fixed(self) -> dict[str, Any]:
        return {"name": "", "kind": "product", "description": "", "category": "", "tax_rate": 0, "active": True,
                "custom": {}, "picture_type": ""}  # fmt: skip

    def narrowed(self) -> tuple[Any, ...]:
        return (self.table.c.deleted_at.is_(None),)

    def shape(self, facts: dict[str, Any]) -> None:
        gather("product", facts)
        prices = {name[6:]: facts.pop(name) for name in list(facts) if name.startswith("price_")}
        if any(units is not None for units in prices.values()):
            facts["prices"] = {currency: units for currency, units in prices.items() if units is not None}
        if facts.get("external_id") == "":
            facts["external_id"] = None

    def complete(self, facts: dict[str, Any], new: bool) -> None:
        """A product without a number gets one of its name."""
        if not facts.get("name"):
            raise Unfit(_("Write the product's name."))
        if new:
            facts.setdefault("sku", SIGNS.sub("-", facts["name"].upper()).strip("-")[:60] or "P")
            preset("product", facts)

    def judge(self, rows: list[Prepared], keys: Collection[str]) -> None:
        """Numbers made of names, and those of deleted products, which nobody gets again."""
        taken = set(db.session.scalars(select(self.table.c.sku).where(
            self.table.c.tenant_id == current_tenant.id, self.table.c.sku.in_([row.facts.get("sku") for row in rows]))))  # fmt: skip
        for row in rows:
            sku = row.facts.get("sku")
            if sku in taken and "sku" not in row.takes and (row.found is None or row.found["sku"] != sku):
                row.end("refused", _("Another product has this number. Choose another, or change that one."))
            elif row.found is None:
                taken.add(sku)

    def after_write(self, written: list[Written]) -> None:
        keep_values("product", written)

    def before_removal(self, ids: list[UUID]) -> None:
        forget_values(ids)

    def path(self, id: UUID) -> str:
        return f"/products/{id}"


def in_words(prices: dict[str, int] | None) -> list[str]:
    """As people read them; stored they are in the smallest unit."""
    return [shown(amount, currency) for currency, amount in (prices or {}).items()]
