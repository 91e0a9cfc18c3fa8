"""Putting a purchase together: its lines, its memo."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from ..events import commit
from ..forms import redraw
from ..web import Kind, Unfit, clean, integer, permitted, read, text
from . import queries
from .blueprint import bp
from .models import Transaction, TransactionLine
from .models.line import MOST_PIECES
from .money import money, percent
from .purchases import purchase


@bp.post("/purchases/<int:number>/lines")
@permitted("transactions.edit")
@redraw(purchase)
def add_line(number: int) -> Any:
    fields, found = read(product=text(max=200, lines=False), quantity=integer(1, MOST_PIECES)), locked(number)
    found.add_line(queries.product_called(fields["product"]), fields["quantity"])
    commit()
    return shown(number)


@bp.post("/purchases/<int:number>/lines/<uuid:id>")
@permitted("transactions.edit")
@redraw(purchase)
def change_line(number: int, id: UUID) -> Any:
    found = locked(number)
    line = TransactionLine.find(id=id, transaction_id=found.id)
    found.change_line(line, **read_line(found.currency))
    commit()
    return shown(number)


@bp.post("/purchases/<int:number>/lines/<uuid:id>/removal")
@permitted("transactions.edit")
def remove_line(number: int, id: UUID) -> Any:
    found = locked(number)
    found.remove_line(TransactionLine.find(id=id, transaction_id=found.id))
    commit()
    return shown(number)


@bp.post("/purchases/<int:number>/memo")
@permitted("transactions.edit")
@redraw(purchase)
def write_memo(number: int) -> Any:
    locked(number).memo = read(memo=text(max=2_000, optional=True))["memo"]
    commit()
    flash(_("Saved."), "good")
    return shown(number)


def read_line(currency: str) -> dict[str, Any]:
    """As `change_line` takes it. Raises Invalid."""
    fields = read(quantity=integer(1, MOST_PIECES), price=money(currency), discount=discount(currency),
                  tax_rate=percent())  # fmt: skip
    return {"quantity": fields["quantity"], "unit_price": fields["price"], "tax_rate": fields["tax_rate"],
            **fields["discount"]}  # fmt: skip


def discount(currency: str) -> Kind:
    """An amount, or a share with a percent sign, as {discount, discount_rate}; nothing for none."""

    def kind(value: Any) -> dict[str, int | None]:
        typed = clean(value or "", 60).strip()
        if typed.endswith("%"):
            return {"discount": 0, "discount_rate": percent()(typed) or None}
        try:
            return {"discount": money(currency, optional=True)(typed) or 0, "discount_rate": None}
        except Unfit as problem:
            raise Unfit(f"{problem} {_('Or as a share, such as 10 %%.')}") from None

    return kind


def locked(number: int) -> Transaction:
    return Transaction.locked(number=number)


def shown(number: int) -> Any:
    return redirect(url_for(".purchase", number=number), 303)
