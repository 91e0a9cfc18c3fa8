"""Purchases from files: a row for each, or for each of its lines."""

import re
from collections.abc import Collection
from itertools import groupby
from typing import Any, ClassVar
from uuid import UUID

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ..accounts.kinds import currencies
from ..accounts.models import Person
from ..customers.import_fields import custom_fields, forget_values, gather, keep_values, preset
from ..customers.importable import COMPANY
from ..db import db
from ..importing.kinds import Field, Importable, Link, Source, Written, importable
from ..importing.preparing import Prepared
from ..importing.words import not_joined
from ..numbers import next_numbers
from ..tenancy import current_tenant
from ..web import Unfit, clean, text
from .import_days import past_day
from .import_kinds import percent, yes_or_no
from .import_lines import Lines, pieces, said
from .import_sums import Sums
from .importable import USUAL
from .models import Payment, Receipt, Transaction
from .models.draft import MOST_LINES
from .money import MOST_RATE
from .money import number as plain_number
from .words import STATE_WORDS

PEOPLE, TABLE = Person.__table__, Transaction.__table__
LINE, CELL = text(max=200, lines=False, optional=True), text(max=60, lines=False, optional=True)
BRACKETED = re.compile(r"[(<]([^\s()<>]+@[^\s()<>]+)[)>]")


def address_in(cell: str) -> str:
    """The first address of `Mia Meier (mia@acme.example)`, as HubSpot and mail programs write people."""
    found = BRACKETED.search(cell)
    return (found[1] if found else cell).lower()


CUSTOMER = Link(PEOPLE, (("email", address_in), ("external_id", str)),
                _l("no customer has the address, number or name “%(value)s”. Import customers first."),
                (PEOPLE.c.kind == "customer",))  # fmt: skip
OF_A_LINE = ("product", "name", "quantity", "price", "discount", "tax_rate", "amount", "line")
DAYS = ("day", "day_dmy", "day_mdy")
STATES = {
    "placed": "placed ordered pending processing unpaid open awaitingpayment bestellt offen",
    "paid": "paid won closedwon bezahlt gewonnen",
    "fulfilled": "fulfilled shipped delivered geliefert versandt",
    "completed": "completed complete done closed abgeschlossen erledigt",
    "refunded": "refunded returned erstattet",
    "cancelled": "cancelled canceled void voided storniert abgebrochen",
    "none": "draft quote offer lost closedlost prospecting engaging negotiation proposal qualification entwurf verloren",
}


def state(value: Any) -> str | None:
    typed = clean(value or "", 60).strip()
    if not typed:
        return None
    word = "".join(sign for sign in typed.lower() if sign.isalnum())
    found = next((state for state, words in STATES.items() if word in words.split()), None)
    if found is None:
        raise Unfit(_("“%(name)s” is no state. Write placed, paid, fulfilled, refunded or cancelled.", name=typed))
    return found


def currency(value: Any) -> str | None:
    typed = clean(value or "", 20).strip().upper()
    if typed and typed not in currencies():
        raise Unfit(_("“%(name)s” is no currency in use. Write it as EUR or USD.", name=typed))
    return typed or None


def rate(value: Any) -> Any:
    typed = clean(value or "", 40).strip()
    if not typed:
        return None
    read = plain_number(typed) if "," in typed else number(typed)
    if read is None or not 0 < read < MOST_RATE or read != round(read, 10):
        raise Unfit(_("Write the rate as 1.0825."))
    return read


def number(typed: str) -> Any:
    from decimal import Decimal

    return Decimal(typed) if typed.replace(".", "", 1).isdecimal() and len(typed) <= 30 else None


def nothing(value: Any) -> None:
    """Sums follow from what is shown."""


def hidden(name: str) -> Field:
    return Field(f"kept_{name}", "", str, name, offered=False, seen=nothing)


def fields_of_lines() -> list[Field]:
    return [
        Field("product", _l("Product"), LINE, headings=("sku", "item", "product name", "product code", "article", "produkt",
              "artikel", "artikelnummer")),
        Field("name", _l("What was bought, in words"), LINE, headings=("item name", "line item", "bezeichnung")),
        Field("quantity", _l("Pieces"), pieces, headings=("quantity", "qty", "menge", "anzahl")),
        Field("price", _l("Price of one"), CELL, headings=("price", "unit price", "preis", "einzelpreis")),
        Field("discount", _l("Discount"), CELL, headings=("rabatt",)),
        Field("tax_rate", _l("Tax in percent"), percent, headings=("tax", "vat", "tax rate", "mwst", "steuer")),
        Field("amount", _l("Sum of the line"), CELL, headings=("amount", "total", "line total", "value", "betrag", "summe")),
        *(Field(f"amount_{code}", _l("Sum of the line in %(currency)s", currency=code), CELL)
          for code in dict.fromkeys((current_tenant.currency, *USUAL))),
        Field("line", _l("Number of the line"), CELL, headings=("line", "line number", "position")),
        Field("lines", _l("Bought"), list, extra=Lines(), offered=False, seen=said),
    ]  # fmt: skip


def fields_of_days() -> list[Field]:
    words = ("order date", "purchase date", "date", "close date", "datum", "bestelldatum")
    return [
        Field("day", _l("Day"), past_day(), headings=words),
        Field("day_dmy", _l("Day, as 31/12/2026"), past_day("dmy")),
        Field("day_mdy", _l("Day, as 12/31/2026"), past_day("mdy")),
        Field("happened_at", _l("Day"), str, "happened_at", offered=False, seen=lambda value: str(value or "")[:10]),
    ]


@importable
class Purchases(Importable):
    name, noun, word, icon = "purchases", "transaction", _l("Purchases"), "shopping-cart"
    permission = "transactions.edit"
    table = TABLE
    together = "external_id"
    sources: ClassVar[tuple[Source, ...]] = (
        Source("CRM Sales Opportunities", frozenset({"opportunity_id", "deal_stage", "close_value"}), {
            "opportunity_id": "external_id", "account": "company", "product": "product", "deal_stage": "state",
            "close_date": "day_mdy", "close_value": "amount_USD"}),
    )  # fmt: skip
    example = (
        "External id,Customer,Product,Pieces,Price of one,Tax in percent,Currency,Day,State\n"
        "A-1001,mia@example.com,TENT-2,1,129.00,19,EUR,2026-05-31,paid\n"
        "A-1001,mia@example.com,STOVE-1,2,79.50,19,EUR,2026-05-31,paid\n"
    )

    def fields(self) -> list[Field]:
        return [
            Field("external_id", _l("External id"), CELL, "external_id", ("id", "order", "order id", "order number", "purchase id",
                  "bestellnummer", "auftragsnummer")),
            Field("customer", _l("Customer"), LINE, "customer_id", ("email", "e mail", "customer email", "buyer", "kunde",
                  "customer number", "kundennummer"), link=CUSTOMER),
            Field("company", _l("Company"), LINE, "company_id", ("account", "account name", "organization", "firma"),
                  link=COMPANY),
            *fields_of_days(),
            Field("state", _l("State"), state, "state", ("status", "stage", "financial status", "zustand"),
                  seen=lambda value: str(STATE_WORDS[value]) if value in STATE_WORDS else value),
            Field("was_paid", _l("Paid"), yes_or_no(), headings=("bezahlt",)),
            Field("currency", _l("Currency"), currency, "currency", ("währung",)),
            Field("rate", _l("Rate of the day"), rate, "rate", ("exchange rate", "wechselkurs")),
            *fields_of_lines(),
            Field("sum", _l("Sum of the purchase"), CELL, headings=("order total", "grand total", "gesamtbetrag")),
            Field("memo", _l("Note"), text(max=2_000, optional=True), "memo", ("memo", "notes", "notiz")),
            *(hidden(name) for name in Sums.FILLED),
            *custom_fields("transaction"),
        ]  # fmt: skip

    def fixed(self) -> dict[str, Any]:
        return {"kind": "purchase", "source": "import", "memo": "", "custom": {}, "state": "paid",
                "currency": current_tenant.currency, "rate": 1}  # fmt: skip

    def shape(self, facts: dict[str, Any]) -> None:
        gather("transaction", facts)
        for name in ("state", "was_paid", "currency", "rate", "sum"):
            if facts.get(name) in (None, ""):
                facts.pop(name, None)
        in_currency(facts)
        line = {name: value for name in OF_A_LINE if (value := facts.pop(name, None)) not in (None, "")}
        if line:
            facts["lines"] = [line]
        days = [day for name in DAYS if (day := facts.pop(name, None))]
        if days:
            facts["happened_at"] = days[0]
        if facts.get("external_id") == "":
            facts["external_id"] = None

    def gather(self, rows: list[Prepared]) -> None:
        for row in rows:
            if row.facts.get("state") == "none" and not row.outcome:
                row.end("left_out", _("This is no purchase yet, or none any more."))
        for id, group in groupby(rows, key=lambda row: row.facts.get("external_id")):
            if id and len(of_one := list(group)) > 1:
                unite(of_one)

    def complete(self, facts: dict[str, Any], new: bool) -> None:
        if not new:
            return
        if not facts.get("customer") and not facts.get("company"):
            raise Unfit(_("Say whose purchase it is: name a customer or a company."))
        if not facts.get("lines"):
            raise Unfit(_("Say what was bought: a product, or some words."))
        if not facts.get("happened_at"):
            raise Unfit(_("Say on which day it was bought."))
        preset("transaction", facts)

    def judge(self, rows: list[Prepared], keys: Collection[str]) -> None:
        sums = Sums(rows, self.needed([row.found["id"] for row in rows if row.found]))
        for row in rows:
            try:
                sums.fill(row)
            except Unfit as unfit:
                row.end("refused", str(unfit))

    def before_write(self, new: list[dict[str, Any]]) -> None:
        for facts, number in zip(new, next_numbers("transactions", len(new)), strict=True):
            facts |= {"number": number, "entered_by_id": g.get("actor_id")}

    def after_write(self, written: list[Written]) -> None:
        keep_values("transaction", written)

    def events(self, one: Written) -> list[tuple[str, dict[str, Any]]]:
        if not one.created:
            return [("transaction.changed", {})]
        facts = one.facts
        about = {"amount": facts["kept_total"], "currency": facts["currency"], "number": facts["number"]}
        return [("transaction.imported", about | {"at": facts["happened_at"].isoformat()})]

    def customer_of(self, one: Written) -> UUID | None:
        return one.facts.get("customer")

    def needed(self, ids: list[UUID]) -> set[UUID]:
        """What has a receipt, a payment or a refund."""
        held: set[UUID] = set()
        for column in (Receipt.transaction_id, Payment.transaction_id, Transaction.refund_of_id):
            held |= {id for id in db.session.scalars(select(column).where(column.in_(ids))) if id} if ids else set()
        return held

    def before_removal(self, ids: list[UUID]) -> None:
        forget_values(ids)

    def paths(self, ids: list[UUID]) -> dict[UUID, str]:
        query = select(Transaction.id, Transaction.number).where(Transaction.id.in_(ids))
        return {id: f"/purchases/{number}" for id, number in db.session.execute(query)} if ids else {}


def in_currency(facts: dict[str, Any]) -> None:
    """What a column says in a currency of its own. Raises Unfit when the row names another."""
    for name in [name for name in facts if name.startswith("amount_")]:
        if units := facts.pop(name):
            facts["amount"] = units
            if facts.setdefault("currency", name[7:]) != name[7:]:
                raise Unfit(_("This row names two currencies. Keep one."))


TOLD = {"customer": _l("Customer"), "company": _l("Company"), "happened_at": _l("Day"), "state": _l("State"),
        "was_paid": _l("Paid"), "currency": _l("Currency"), "rate": _l("Rate of the day"), "memo": _l("Note"),
        "sum": _l("Sum of the purchase"), "custom": _l("Own fields"), "external_id": _l("External id")}  # fmt: skip


def unite(rows: list[Prepared]) -> None:
    """Rows of one purchase become its first one, which all others join; none of them is taken without the others."""
    head, *others = rows
    try:
        if ended := next((row for row in rows if row.outcome), None):
            raise Ended(ended)
        if len(rows) > MOST_LINES:
            raise Unfit(_("A purchase has at most %(max)d lines.", max=MOST_LINES))
        for row in others:
            agree(head, row)
        for row in others:
            row.join(head)
    except Unfit as unfit:
        outcome = unfit.row.outcome if isinstance(unfit, Ended) else "refused"
        for row in rows:
            if not row.outcome:
                row.end(outcome, str(unfit))


class Ended(Unfit):
    """One row of a purchase was not taken."""

    def __init__(self, row: Prepared):
        super().__init__(not_joined(row.number))
        self.row = row


def agree(head: Prepared, row: Prepared) -> None:
    """What a further row says of the purchase is what the first says, or is new. Raises Unfit."""
    for name, value in row.facts.items():
        if name == "lines":
            further = [{**line, "row": row.number} for line in value]
            head.facts["lines"] = [*head.facts.get("lines", ()), *further]
        elif value is not None and head.facts.setdefault(name, value) != value:
            words = {"field": TOLD.get(name, name), "number": head.number}
            raise Unfit(_("%(field)s: row %(number)d of the same purchase says something else.", **words))
