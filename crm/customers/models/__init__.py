"""Customers, their companies, and how an anonymous visitor is known again."""

from .customer import Customer
from .phone import CustomerPhone
from .visitor_token import VISITOR_DAYS, VisitorToken

__all__ = ["VISITOR_DAYS", "Customer", "CustomerPhone", "VisitorToken"]
