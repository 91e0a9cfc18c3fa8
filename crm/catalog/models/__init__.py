"""Products, purchases, receipts."""

from .product import KINDS, Product, ProductPrice

__all__ = ["KINDS", "Product", "ProductPrice"]
