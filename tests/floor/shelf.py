"""What is sold and bought in a workspace of the walks."""

import uuid
from decimal import Decimal
from types import SimpleNamespace

from crm.catalog.models import Dispute, Payment, Product, Rate, Receipt, ShopSettings, Transaction
from crm.catalog.models.rate import today
from crm.db import db
from crm.portal.pay_links import LINKS


def fill(rows: SimpleNamespace, canary: str) -> None:
    """One row in each of the catalogue's tables; `purchase` is paid, `draft` is not placed."""
    rows.shop = ShopSettings.here().save()
    rows.shop.seller, rows.shop.portal_open = canary, True
    rows.product = Product.add({"EUR": 1200}, sku=canary, name=f"Tent {canary}", active=True, stock=5)
    rows.purchase = Transaction.begin(rows.customer, "EUR", uuid.uuid4())
    rows.purchase.memo = canary
    rows.line = rows.purchase.add_line(rows.product)
    rows.purchase.place()
    rows.purchase.pay()
    rows.receipt = Receipt.give(rows.purchase)
    rows.pay_key = LINKS.key(rows.purchase.id)
    rows.payment = Payment(transaction_id=rows.purchase.id, method="account", amount=1200, currency="EUR").save()
    rows.payment.external_id = canary
    db.session.flush()
    rows.dispute = Dispute(transaction_id=rows.purchase.id, payment_id=rows.payment.id, external_id=canary, amount=1200,
                           currency="EUR").save()  # fmt: skip
    rows.rate = Rate.keep("USD", today(), Decimal("0.9"))
    rows.draft = Transaction.begin(rows.customer, "EUR", uuid.uuid4())
    rows.draft_line = rows.draft.add_line(rows.product)


def words(slug: str, canary: str) -> dict[str, str]:
    """What fits into the forms of products and purchases."""
    product = {"sku": f"{slug}-2", "price": "12", "prices": "USD 13", "tax_rate": "19", "active": "1"}
    return product | {"product": canary, "quantity": "1", "currency": "EUR", "key": str(uuid.uuid4()), "amount": "1"}
