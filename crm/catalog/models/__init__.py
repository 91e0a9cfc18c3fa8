"""Products, purchases, receipts."""

from .dispute import Dispute
from .line import TransactionLine
from .payment import Payment
from .product import KINDS, Product, ProductPrice
from .rate import Rate
from .receipt import Receipt
from .settings import ShopSettings
from .transaction import SOURCES, STATES, Transaction

__all__ = ["KINDS", "SOURCES", "STATES", "Dispute", "Payment", "Product", "ProductPrice", "Rate", "Receipt", "ShopSettings",
           "Transaction", "TransactionLine"]  # fmt: skip
