"""Receipts as pages and as PDF."""

from datetime import datetime
from typing import Any

from flask import Response, flash, redirect, render_template, url_for
from sqlalchemy import Uuid, cast, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

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
from .queries import refunded_by


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
    """Everything that the paper names. `taxes` is [(rate, net, tax)], `came` what it was paid by, where that is not one sum."""
    transaction = found.transaction
    lines, of = lines_of(transaction.id), None
    if bought := refunded_by(transaction):
        of = Receipt.first(transaction_id=bought.id)
    shown = {"taxes": taxes(found, lines), "bought": bought, "of": of, "came": paid_by(transaction)}
    return {"receipt": found, "purchase": transaction, "lines": lines, **shown}


def paid_by(transaction: Transaction) -> list[Payment]:
    """What had come in when it was covered, if in parts or more than it costs: what comes later changes no receipt."""
    until, came = transaction.paid_at, arrived(transaction)
    found = [one for one in came if until and one.settled_at and one.settled_at <= until]
    return found if [one.amount for one in found] != [transaction.due] else []


def taxes(found: Receipt, lines: list[Any]) -> list[tuple[int | None, int, int]]:
    """[(rate, sum without it, tax)]: of its lines, of an amount that goes back as it was kept then, else of the only rate."""
    transaction = found.transaction
    parts = [(line.tax_rate, line.total, line.tax) for line in lines] or found.taxes
    sums: dict[int | None, list[int]] = {}
    for rate, amount, tax in parts or [(only_rate(transaction), transaction.total, transaction.tax)]:
        known = sums.setdefault(rate, [0, 0])
        known[:] = known[0] + amount - tax, known[1] + tax
    return [(rate, net, tax) for rate, (net, tax) in sorted(sums.items(), key=lambda one: one[0] or 0)]


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
    credits = found.transaction.kind == "refund" and found.transaction.credited
    name = f"{'credit-note' if credits else 'receipt'}-{found.number}.pdf"
    return Response(made, mimetype="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@every(seconds=24 * 3600)
def empty_old_receipts() -> None:
    """Who bought goes from receipts, and from what the audit says of them, when the law wants it kept no longer: whole calendar
    years after that of the receipt."""
    today, zone = now().astimezone(current_tenant.zone), current_tenant.zone
    before = datetime(today.year - ShopSettings.here().receipt_years, 1, 1, tzinfo=zone)
    old = update(Receipt).where(Receipt.created_at < before, Receipt.buyer != "").values(buyer="")
    ids = db.session.scalars(old.returning(Receipt.id), execution_options={"synchronize_session": False}).all()
    db.session.execute(select(func.blank_buyers(cast(ids, ARRAY(Uuid)))))
