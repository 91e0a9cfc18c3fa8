"""Receipts as pages and as PDF."""

from collections import Counter
from datetime import datetime
from typing import Any

from flask import Response, flash, redirect, render_template, url_for
from sqlalchemy import update

from ..db import db, now
from ..extensions import limiter
from ..jobs import every
from ..tenancy import current_tenant
from ..web import permitted
from .blueprint import bp
from .models import Payment, Receipt, ShopSettings, Transaction
from .models.line import lines_of
from .payments.incoming import arrived
from .pdf import NoPdf, pdf_of


@bp.get("/receipts/<int:number>")
@permitted("transactions.read")
def receipt(number: int) -> Any:
    return render_template("catalog/receipt.html", **parts(Receipt.find(number=number)))


@bp.get("/receipts/<int:number>/pdf")
@permitted("transactions.read")
@limiter.limit("30 per minute")
def receipt_pdf(number: int) -> Any:
    return sent(Receipt.find(number=number), url_for(".receipt", number=number))


def parts(found: Receipt) -> dict[str, Any]:
    """Everything that the paper names. `taxes` is [(rate, tax)], `came` what it was paid by, where that is not one sum."""
    transaction = found.transaction
    lines, of = lines_of(transaction.id), None
    if transaction.refund_of_id:
        of = Receipt.first(transaction_id=transaction.refund_of_id)
    shown = {"taxes": taxes(transaction, lines), "of": of, "came": paid_by(transaction)}
    return {"receipt": found, "purchase": transaction, "lines": lines, **shown}


def paid_by(transaction: Transaction) -> list[Payment]:
    """What had come in when it was covered, if in parts or more than it costs: what comes later changes no receipt."""
    until, came = transaction.paid_at, arrived(transaction)
    found = [one for one in came if until and one.settled_at and one.settled_at <= until]
    return found if [one.amount for one in found] != [transaction.total] else []


def taxes(transaction: Transaction, lines: list[Any]) -> list[tuple[int | None, int]]:
    """[(rate, tax)]; without lines, of a refund of an amount, one of the only rate, or of none."""
    found: Counter[int] = Counter()
    for line in lines:
        found[line.tax_rate] += line.tax
    return sorted(found.items()) if lines else [(only_rate(transaction), transaction.tax)]


def only_rate(refund: Transaction) -> int | None:
    """That of all that was bought, if it is one."""
    rates = {line.tax_rate for line in lines_of(refund.refund_of_id)} if refund.refund_of_id else set()
    return rates.pop() if len(rates) == 1 else None


def sent(found: Receipt, page: str) -> Any:
    """The PDF, or the page with a sentence when there is none."""
    try:
        made = pdf_of(render_template("catalog/paper.html", **parts(found)))
    except NoPdf as problem:
        flash(str(problem.description), "warn")
        return redirect(page, 303)
    name = f"receipt-{found.number}.pdf"
    return Response(made, mimetype="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@every(seconds=24 * 3600)
def empty_old_receipts() -> None:
    """Who bought goes from receipts when the law wants it kept no longer: whole calendar years after that of the receipt."""
    today, zone = now().astimezone(current_tenant.zone), current_tenant.zone
    before = datetime(today.year - ShopSettings.here().receipt_years, 1, 1, tzinfo=zone)
    old = update(Receipt).where(Receipt.created_at < before, Receipt.buyer != "").values(buyer="")
    db.session.execute(old, execution_options={"synchronize_session": False})
