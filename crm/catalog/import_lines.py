"""The lines of purchases from files: what was bought, and what it comes to. What the file says and what it makes must agree."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, select

from ..db import db, uuid7
from ..importing.deciding import ANEW, SEVERAL, array_of
from ..importing.kinds import Extra
from ..importing.writing import put
from ..tenancy import current_tenant
from ..web import Invalid, Unfit
from .import_kinds import amount, percent
from .models import Product, Transaction, TransactionLine
from .models.line import MOST_PIECES
from .money import MOST, digits, shown

PRODUCTS, LINES, BOUGHT = Product.__table__, TransactionLine.__table__, Transaction.__table__
DOLLARS = ("USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD", "TWD", "BRL", "ARS", "CLP", "COP")
SIGNS = {"€": ("EUR",), "£": ("GBP", "EGP", "GIP"), "¥": ("JPY", "CNY"), "$": DOLLARS}
KEPT = ("product_id", "sku", "name", "quantity", "unit_price", "discount_rate", "discount", "tax_rate", "tax", "total")
Known = dict[tuple[str, str], Any]


class Lines(Extra):
    """What stands in a purchase, with its currency in each line, so that pages can say what it cost."""

    def read(self, ids: list[UUID]) -> dict[UUID, Any]:
        found: dict[UUID, Any] = {}
        own = LINES.c.tenant_id == BOUGHT.c.tenant_id, LINES.c.transaction_id == BOUGHT.c.id
        query = select(LINES.c.transaction_id, BOUGHT.c.currency, *(LINES.c[name] for name in KEPT))
        query = query.join(BOUGHT, own[0] & own[1]).where(*self.of(ids)).order_by(LINES.c.id)
        for one in db.session.execute(query).mappings():
            line = {name: str(value) if isinstance(value, UUID) else value for name, value in one.items()}
            found.setdefault(UUID(line.pop("transaction_id")), []).append(line)
        return found

    def write(self, values: dict[UUID, Any]) -> None:
        db.session.execute(delete(LINES).where(*self.of(list(values))))
        rows = ([uuid7(), id, *(line[name] for name in KEPT)] for id, lines in values.items() for line in lines or ())
        put(LINES, ["id", "transaction_id", *KEPT], rows)

    def of(self, ids: list[UUID]) -> tuple[Any, ...]:
        return LINES.c.tenant_id == current_tenant.id, LINES.c.transaction_id.in_(ids)


def said(lines: Any) -> list[str]:
    """Such as 2 × Tent for two: €258.00."""
    return [f"{one['quantity']} × {one['name']}: {shown(one['total'], one['currency'])}" for one in lines or ()]


def plain(name: str) -> str:
    return name.replace(" ", "").replace("-", "").lower()


WAYS = (("external_id", str), ("sku", str), ("name", str), ("plain_name", plain))


def products_called(wanted: set[str]) -> Known:
    """{(column, value): row, or SEVERAL}, also of deleted ones; those that are sold go before."""
    known: Known = {}
    for column, way in WAYS:
        values = sorted({way(one) for one in wanted})
        named = PRODUCTS.c[column] == any_of(values)
        query = select(PRODUCTS).where(PRODUCTS.c.tenant_id == current_tenant.id, named) if values else None
        for row in db.session.execute(query, execution_options=ANEW).mappings() if query is not None else ():
            key, before = (column, row[column]), known.get((column, row[column]))
            if before is None or (before is not SEVERAL and before["deleted_at"]):
                known[key] = row
            elif not row["deleted_at"]:
                known[key] = SEVERAL
    return known


def any_of(values: list[str]) -> Any:
    from sqlalchemy import any_

    return any_(array_of(values))


def product_of(typed: str, known: Known) -> Any:
    """Raises Unfit."""
    keys = [(column, way(typed)) for column, way in WAYS]
    found = next((known[key] for key in keys if key in known), None)
    if found is None:
        raise Unfit(_("No product is called “%(value)s”. Import products first, or write its number.", value=typed))
    if found is SEVERAL:
        raise Unfit(_("Several are called “%(value)s”.", value=typed))
    if found["deleted_at"]:
        raise Unfit(_("The product “%(value)s” was deleted. Name another one.", value=typed))
    return found


@dataclass(frozen=True)
class Reckoning:
    """How amounts of one purchase are read."""

    currency: str
    tax_included: bool
    known: Known

    def whole(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The lines as they are kept. Raises Unfit."""
        seen: set[Any] = set()
        kept = []
        for line in lines:
            one = self.told_where(line)
            own = line.get("line") or tuple(one[name] for name in KEPT)
            if own in seen:
                raise Unfit(
                    _("“%(name)s” stands in it twice. Make it one line, or number the lines.", name=one["name"])
                )
            seen.add(own)
            kept.append(one)
        return kept

    def told_where(self, line: dict[str, Any]) -> dict[str, Any]:
        """What does not fit stands in a row of its own."""
        try:
            return self.line(line)
        except Unfit as unfit:
            if "row" in line:
                raise Unfit(_("Row %(number)d: %(sentence)s", number=line["row"], sentence=str(unfit))) from None
            raise

    def line(self, said: dict[str, Any]) -> dict[str, Any]:
        product = product_of(said["product"], self.known) if said.get("product") else None
        name = said.get("name") or (product["name"] if product else "")
        if not name:
            raise Unfit(_("Say what was bought: a product, or some words."))
        row = TransactionLine(
            product_id=product["id"] if product else None, sku=product["sku"] if product else "", name=name
        )
        row.quantity = said.get("quantity") or 1
        row.tax_rate = said["tax_rate"] if "tax_rate" in said else product["tax_rate"] if product else 0
        self.price(row, said)
        try:
            row.reckon(self.tax_included)
        except Invalid as problem:
            raise Unfit(" ".join(problem.errors.values())) from None
        self.agree(said.get("amount"), row.total)
        kept = {name: getattr(row, name) for name in KEPT}
        return kept | {"product_id": str(row.product_id) if row.product_id else None, "currency": self.currency}

    def price(self, row: TransactionLine, said: dict[str, Any]) -> None:
        """The price of one, and what is taken off."""
        row.discount, row.discount_rate = 0, None
        off = said.get("discount", "")
        if off.endswith("%"):
            row.discount_rate = percent(off) or None
        elif off:
            row.discount = self.units(off)
        if said.get("price"):
            row.unit_price = self.units(said["price"])
        elif said.get("amount") and row.discount_rate is None:
            row.unit_price = self.split(self.units(said["amount"]) + row.discount, row.quantity)
        else:
            raise Unfit(_("Say what one costs."))

    def split(self, whole: int, pieces: int) -> int:
        if whole % pieces:
            words = {"sum": shown(whole, self.currency), "pieces": pieces}
            raise Unfit(_("%(sum)s cannot be shared evenly by %(pieces)d. Give the price of one.", **words))
        return whole // pieces

    def agree(self, typed: str | None, made: int) -> None:
        """What the file says it comes to is what it comes to."""
        if typed and (units := self.units(typed)) != made:
            words = {"made": shown(made, self.currency), "said": shown(units, self.currency)}
            raise Unfit(_("It makes %(made)s, and the file says %(said)s.", **words))

    def units(self, typed: str) -> int:
        """Raises Unfit, also for what is in another currency."""
        named = re.findall("[A-Z]{3}", typed) or [code for sign in typed for code in SIGNS.get(sign, ())]
        if named and self.currency not in named:
            raise Unfit(_("“%(amount)s” is not in %(currency)s. Bring a column for the currency.", amount=typed,
                          currency=self.currency))  # fmt: skip
        if typed.lstrip("$€£¥ ").startswith(("-", "−", "(")):
            raise Unfit(_("%(amount)s is below nothing. What went back is no purchase: leave it out.", amount=typed))
        try:
            units = amount(self.currency)(typed)
        except Unfit:
            example, most = "12.50" if digits(self.currency) else "1250", shown(MOST, self.currency)
            words = {"amount": typed, "example": example, "most": most}
            raise Unfit(_("“%(amount)s” is no amount. Write it as %(example)s, at most %(most)s.", **words)) from None
        assert units is not None
        return units


def simple(line: dict[str, Any]) -> bool:
    """Whether a line says what it comes to, and not what one costs."""
    return bool(line.get("amount")) and not line.get("price")


def pieces(value: Any) -> int | None:
    """How many; 2.0 is 2."""
    typed = str(value or "").strip().removesuffix(".0").removesuffix(".00")
    if not typed:
        return None
    if not typed.isdecimal() or not 1 <= int(typed[:9]) <= MOST_PIECES or len(typed) > 9:
        raise Unfit(_("Choose a number from %(min)d to %(max)d.", min=1, max=MOST_PIECES))
    return int(typed)
