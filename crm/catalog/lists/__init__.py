"""The lists of products and of purchases: their columns, how they are searched, what can be changed in them."""

from .products import PRODUCTS
from .purchases import PURCHASES

__all__ = ["PRODUCTS", "PURCHASES"]
