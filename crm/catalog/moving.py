"""Moving a purchase on: placed, paid, fulfilled, cancelled, refunded."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask_babel import gettext as _

from ..db import uuid7
from ..events import commit
from ..forms import filled, redraw
from ..web import checkbox, integer, permitted, read, text, uuid
from .blueprint import bp
from .drafting import locked, shown
from .models import Transaction
from .models.line import MOST_PIECES, lines_of
from .money import money, rate
from .money import shown as sum_shown
from .owed import came
from .payments import back, methods
from .payments.account import credit_invoice
from .payments.incoming import by_hand, end_open
from .purchases import Errors, purchase


@bp.post("/purchases/<int:number>/placement")
@permitted("transactions.edit")
@redraw(purchase)
def place(number: int) -> Any:
    entered = read(rate=rate(optional=True))["rate"]
    locked(number).place(entered)
    commit()
    return told(number, _("Placed. It is held for the customer."))


@bp.post("/purchases/<int:number>/payment")
@permitted("transactions.edit")
@redraw(purchase)
def pay(number: int) -> Any:
    """All that is owed, or as much as came in."""
    found = locked(number)
    by_hand(found, **read(amount=money(found.currency, optional=True), key=uuid(optional=True)))
    commit()
    return told(number, came(found))


@bp.post("/purchases/<int:number>/return")
@permitted("transactions.refund")
def give_back(number: int) -> Any:
    """What came in too much, or did not go back: by the way it came, or by hand."""
    found, fields = locked(number), read(by_hand=checkbox(), payment=uuid(optional=True))
    by_hand, payment = fields["by_hand"], fields["payment"]
    amount, code = (
        back.give_foreign(found, payment, by_hand) if payment else (back.give(found, by_hand), found.currency)
    )
    commit()
    return told(number, _("%(sum)s go back.", sum=sum_shown(amount, code)))


@bp.post("/purchases/<int:number>/invoice")
@permitted("transactions.edit")
def send_invoice(number: int) -> Any:
    methods["account"].begin(locked(number))
    commit()
    return told(number, _("The invoice goes out by e-mail."))


@bp.post("/purchases/<int:number>/fulfilment")
@permitted("transactions.edit")
def fulfil(number: int) -> Any:
    locked(number).fulfil()
    commit()
    return told(number, _("Fulfilled: the customer has it."))


@bp.post("/purchases/<int:number>/cancellation")
@permitted("transactions.edit")
def cancel(number: int) -> Any:
    found = locked(number)
    found.cancel()
    end_open(found)
    commit()
    return told(number, _("Cancelled. What was taken from the stock is back."))


@bp.get("/purchases/<int:number>/refunds/new")
@permitted("transactions.refund")
def new_refund(number: int, errors: Errors = None) -> Any:
    found = Transaction.find(number=number)
    form = filled(amount="", memo="", key=str(uuid7()), restock="")
    lines = lines_of(found.id)
    counts = {line.id: request.form.get(f"line-{line.id}", "0") for line in lines}
    return render_template("catalog/refund.html", purchase=found, lines=lines, form=form, counts=counts, errors=errors)


@bp.post("/purchases/<int:number>/refunds")
@permitted("transactions.refund")
@redraw(new_refund)
def refund(number: int) -> Any:
    found = locked(number)
    what, fields = read_refund(found)
    made = found.refund(fields["key"], what, fields["restock"], fields["memo"])
    credit_invoice(found, made)
    commit()
    credited, refunded = _("Credited. The credit note is there."), _("Refunded. The receipt is there.")
    return told(made.number, credited if made.credited else refunded)


def read_refund(found: Transaction) -> tuple[dict[UUID, int] | int, dict[str, Any]]:
    """An amount when one was written, else how many of each line. Raises Invalid."""
    fields = read(amount=money(found.currency, optional=True), memo=text(max=2_000, optional=True), restock=checkbox(),
                  key=uuid())  # fmt: skip
    if fields["amount"] is not None:
        return fields["amount"], fields
    lines = lines_of(found.id)
    counted = read(**{f"line-{line.id}": integer(0, MOST_PIECES, optional=True) for line in lines})
    return {line.id: counted[f"line-{line.id}"] or 0 for line in lines}, fields


def told(number: int, sentence: str) -> Any:
    flash(sentence, "good")
    return shown(number)
