"""The demo's products and what its customers bought, in the workspace's own currency and in US dollars."""

import json
import uuid
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import g
from sqlalchemy import update

from ..accounts.models import Employee
from ..catalog.models import Dispute, Payment, Product, Rate, Receipt, ShopSettings, Transaction
from ..catalog.models.line import lines_of
from ..catalog.models.rate import today
from ..catalog.payments import methods
from ..catalog.payments.account import credit_invoice
from ..catalog.payments.incoming import by_hand, settle
from ..customers.models import Customer
from ..db import db, now
from ..events import commit

SOLD = Path(__file__).with_name("demo_sales.json")


def sell() -> None:
    """Products, rates and purchases; the customers are there by now."""
    story = json.loads(SOLD.read_text())
    shop = ShopSettings.here().save()
    shop.seller, shop.portal_open = story["seller"], True
    for currency, rate in story["rates"].items():
        Rate.keep(currency, today() - timedelta(days=150), Decimal(rate))
    for values in story["products"]:
        own, dollars = values.pop("price", None), values.pop("usd", None)
        prices = {"EUR": own or dollars * 92 // 100, **({"USD": dollars} if dollars else {})}
        Product.add(prices, **values)
    commit()
    for told in story["purchases"]:
        buy(told)


def buy(told: dict[str, Any]) -> None:
    customer, by = Customer.find(name=told["customer"]), Employee.find(name=told["by"])
    g.actor_id = by.id
    purchase = Transaction.begin(customer, "EUR", uuid.uuid4(), memo=told.get("memo", ""))
    for sku, quantity in told["lines"]:
        purchase.add_line(Product.find(sku=sku), quantity)
    if "discount" in told:
        purchase.change_line(lines_of(purchase.id)[0], discount_rate=told["discount"])
    go_far(purchase, told)
    commit()
    move_back(purchase, timedelta(days=told["days_ago"]))


def go_far(purchase: Transaction, told: dict[str, Any]) -> None:
    upto = told["upto"]
    if upto != "draft":
        purchase.place()
    if told.get("invoice"):
        methods["account"].begin(purchase)
    if upto == "cancelled":
        purchase.cancel()
    if upto in ("paid", "fulfilled"):
        (by_card if "dispute" in told else by_hand)(purchase)
    if upto == "fulfilled":
        purchase.fulfil()
    if "refund" in told:
        credit_invoice(purchase, purchase.refund(uuid.uuid4(), told["refund"], memo=told.get("memo", "")))
    if "dispute" in told:
        dispute(purchase, *told["dispute"])


def by_card(purchase: Transaction) -> None:
    facts = {"method": "stripe", "external_id": f"pi_demo_{purchase.number}"}
    paid = Payment(transaction_id=purchase.id, amount=purchase.balance, currency=purchase.currency, **facts).save()
    settle(purchase, paid)


def dispute(purchase: Transaction, reason: str, status: str) -> None:
    """As Stripe would tell of it."""
    paid = Payment.find(transaction_id=purchase.id)
    facts: dict[str, Any] = {"external_id": f"dp_demo_{purchase.number}", "reason": reason}
    facts |= {"due_at": now() + timedelta(days=9), "amount": paid.amount, "currency": paid.currency}
    made = Dispute(transaction_id=purchase.id, payment_id=paid.id, status="", gone=0, of_surplus=0, **facts).save()
    made.stands(purchase, status, out=True)


def move_back(purchase: Transaction, ago: timedelta) -> None:
    """To when it happened, its receipt too; a refund, the audit and the events keep the true times."""
    at = now() - ago
    times = {name: at for name in ("placed_at", "paid_at", "fulfilled_at", "cancelled_at") if getattr(purchase, name)}
    db.session.execute(update(Transaction).where(Transaction.id == purchase.id).values(happened_at=at, **times))
    db.session.execute(update(Receipt).where(Receipt.transaction_id == purchase.id).values(created_at=at))
    commit()
