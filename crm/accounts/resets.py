"""New passwords, and the mails about them."""

from ..db import uuid7
from ..locale import language_of
from ..mail import queue_mail
from ..tenancy import public_link
from .models import Employee, Token
from .tokens import UsedUp, withdraw

HOURS = 1


def mail_reset(asked: Token) -> None:
    """Send a link when the address is an active employee's. A second run finds the request used, and does nothing."""
    employee = Employee.first(email=asked.email, deactivated_at=None) if asked.used_at is None else None
    asked.use()
    if employee is None or employee.email is None:
        return
    withdraw("password_reset", employee)
    _token, key = Token.make("password_reset", HOURS, person_id=employee.id)
    link, language = public_link("accounts.reset", key=key), language_of(employee)
    queue_mail(f"password_reset:{asked.id}", employee.email, "password_reset", language, secret=True, link=link)


def holder(token: Token) -> Employee:
    """Whose password the token may change. Raises UsedUp when they no longer work here."""
    employee = Employee.first(id=token.person_id, deactivated_at=None)
    if employee is None:
        raise UsedUp("password_reset", used=True)
    return employee


def change_password(employee: Employee, password: str) -> None:
    """Every session ends and every mailed link dies; the owner of the mailbox is told."""
    employee.set_password(password)
    withdraw("password_reset", employee)
    if employee.email:
        link = public_link("accounts.forgotten")
        queue_mail(f"password_changed:{uuid7()}", employee.email, "password_changed", language_of(employee), link=link)
