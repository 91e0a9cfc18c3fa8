"""People, the employees among them, their departments, sessions and one-time keys."""

from .department import Department, LastDepartment
from .holiday import Holiday
from .person import Employee, LastOwner, NotYourself, Person
from .session import SESSION_DAYS, Session
from .token import Token, hashed

__all__ = [
    "SESSION_DAYS",
    "Department",
    "Employee",
    "Holiday",
    "LastDepartment",
    "LastOwner",
    "NotYourself",
    "Person",
    "Session",
    "Token",
    "hashed",
]
