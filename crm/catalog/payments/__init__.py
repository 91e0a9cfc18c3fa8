"""Ways to pay, one file each. A way is a class with the methods of `Method` and its line in `methods`."""

from typing import Any, Protocol

from ...customers.models import Customer
from ..models import Payment, ShopSettings, Transaction
from .account import OnAccount
from .stripe_checkout import StripeCheckout


class Method(Protocol):
    """How a purchase is paid. `word` and `about` say it to customers."""

    key: str
    word: Any
    about: Any

    def offered(self, shop: ShopSettings, customer: Customer) -> bool:
        """Whether this customer may pay so."""

    def begin(self, purchase: Transaction) -> Payment:
        """Write down that a placed, locked purchase is to be paid so; a second time it is the first one's row."""

    def goes_on(self, payment: Payment, back: str) -> str | None:
        """Where the customer goes on, an address of another server, or None when there is nothing to do but to wait.

        Asked after the commit, so that nothing is held while another server answers. `back` is the purchase's page.
        Raises Refused when that server does not take it.
        """


methods: dict[str, Method] = {method.key: method for method in (OnAccount(), StripeCheckout())}


def offered_to(customer: Customer) -> list[Method]:
    shop = ShopSettings.here()
    return [method for method in methods.values() if method.offered(shop, customer)]


def settle_open(purchase: Transaction, state: str = "paid") -> None:
    """What an employee saw come in ends what was open; without anything open it is written down as seen by hand."""
    still_open = [payment for payment in Payment.of(purchase) if payment.state == "open"]
    for payment in still_open:
        payment.settle(state)
    if not still_open and state == "paid":
        amounts = {"amount": purchase.total, "currency": purchase.currency}
        Payment(transaction_id=purchase.id, method="hand", **amounts).save().settle("paid")
