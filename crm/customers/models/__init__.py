"""Customers, their companies, and how an anonymous visitor is known again."""

from .company import Company
from .consent import SOURCES, Consent, Purpose
from .customer import STAGES, Customer
from .duplicate import CompanyPair, DuplicatePair, DuplicateSearch
from .email import CustomerEmail
from .erasure import ErasedCustomer, ErasedRow, Erasure
from .gone_company import GoneCompany, GoneRow
from .merge import CustomerMerge, MergedCustomer, MergedRow, ids_of
from .person_export import PersonExport
from .phone import CustomerPhone
from .place import Place
from .relation import Relation, RelationKind
from .tag import CompanyTag, CustomerTag, Tag
from .visitor_token import VISITOR_DAYS, VisitorToken

__all__ = [
    "SOURCES",
    "STAGES",
    "VISITOR_DAYS",
    "Company",
    "CompanyPair",
    "CompanyTag",
    "Consent",
    "Customer",
    "CustomerEmail",
    "CustomerMerge",
    "CustomerPhone",
    "CustomerTag",
    "DuplicatePair",
    "DuplicateSearch",
    "ErasedCustomer",
    "ErasedRow",
    "Erasure",
    "GoneCompany",
    "GoneRow",
    "MergedCustomer",
    "MergedRow",
    "PersonExport",
    "Place",
    "Purpose",
    "Relation",
    "RelationKind",
    "Tag",
    "VisitorToken",
    "ids_of",
]
