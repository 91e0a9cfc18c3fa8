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
