"""On account: an invoice goes out by e-mail, and an employee marks it as paid when the money is there."""

from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...customers.models import Customer
from ...db import now
from ...locale import language_of
from ...mail import queue_mail
from ...tenancy import public_link
from ...web import Refused
from ..models import Payment, Receipt, ShopSettings, Transaction
from ..models.line import lines_of
from .incoming import end_open


class OnAccount:
    key = "account"
    word = _l("On account")
    about = _l("You get an invoice by e-mail.")

    def offered(self, shop: ShopSettings, customer: Customer) -> bool:
        return shop.on_account and bool(customer.contact_email)

    def begin(self, purchase: Transaction) -> Payment:
        """Raises Refused for what is not placed, and when there is no address to send it to."""
        customer = purchase.customer
        if not purchase.is_owed or customer is None:
            raise Refused(_("Only what was placed and is not paid has an invoice."))
        known = Payment.first(transaction_id=purchase.id, method=self.key, state="open")
        if known:
            return known
        if not customer.contact_email:
            raise Refused(_("This customer has no e-mail address. Add one on their page."))
        shop = ShopSettings.here()
        payment = Payment(transaction_id=purchase.id, method=self.key, amount=purchase.balance,
                          currency=purchase.currency, due_at=now() + timedelta(days=shop.invoice_days)).save()  # fmt: skip
        send_invoice(purchase, payment, customer, shop)
        return payment

    def goes_on(self, payment: Payment, back: str) -> str | None:
        return None


def send_invoice(purchase: Transaction, payment: Payment, customer: Customer, shop: ShopSettings) -> None:
    link = public_link("portal.purchase", number=purchase.number)
    queue_mail(f"invoice:{purchase.id}", customer.contact_email or "", "invoice", language_of(customer),
               must_arrive=True, purchase=purchase, lines=lines_of(purchase.id), payment=payment, customer=customer,
               seller=shop.seller_shown, link=link)  # fmt: skip


def credit_invoice(purchase: Transaction, made: Transaction) -> None:
    """An invoice that went out asks for less from now on, and whoever got it hears of it, once."""
    invoice = Payment.first(transaction_id=purchase.id, method=OnAccount.key, state="open")
    end_open(purchase)
    customer = purchase.customer
    if invoice is None or not made.credited or customer is None or not customer.contact_email:
        return
    receipt = Receipt.give(made)
    link = public_link("portal.receipt", number=receipt.number)
    queue_mail(f"credit:{made.id}", customer.contact_email, "credit_note", language_of(customer), must_arrive=True,
               purchase=purchase, made=made, lines=lines_of(made.id), receipt=receipt, customer=customer,
               due_at=invoice.due_at, link=link)  # fmt: skip
