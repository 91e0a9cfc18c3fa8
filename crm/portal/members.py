"""Customers who sign in: by a link sent to their address, which proves it, or by a password of theirs."""

from dataclasses import dataclass
from uuid import UUID

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert

from ..accounts.models import Token
from ..accounts.passwords import verify_password
from ..accounts.tokens import redeemable
from ..customers.models import Customer
from ..db import db, uuid7
from ..events import record
from ..mail import queue_mail
from ..tenancy import current_tenant, public_link
from ..web import Invalid
from .visitors import KnownUser, guarded

LINK = "customer_link"
LINK_HOURS = 1


@dataclass
class Member:
    """A signed-in customer, where the widget has a Visitor."""

    customer: Customer
    department_id: UUID | None = None
    user: KnownUser | None = None
    is_stranger = False

    def customer_or_new(self, name: str = "", email: str | None = None) -> Customer:
        return self.customer

    @property
    def rate_key(self) -> str:
        return f"member:{self.customer.id}"

    def sees(self, conversation_id: UUID) -> bool:
        """Whether one of their own conversations is shown to them here."""
        return True


def send_link(email: str, name: str = "") -> None:
    """A link for whoever reads this address, known or not: so the answer is the same, and opening it is the proof."""
    token, key = Token.make(LINK, LINK_HOURS, email=email, facts={"name": name})
    db.session.flush()
    link = public_link("portal.open_link", key=key)
    queue_mail(f"{LINK}:{token.id}", email, "portal_link", str(get_locale()), secret=True, link=link, hours=LINK_HOURS)


def redeem(key: str) -> Customer:
    """The customer whose address the link proves, made when there is none. What others typed stays theirs. Raises UsedUp, Blocked."""
    token = redeemable(LINK, key, lock=True)
    token.use()
    row = {"tenant_id": current_tenant.id, "id": uuid7(), "kind": "customer", "email": token.email}
    row |= {"name": token.facts.get("name", ""), "language": str(get_locale())}
    made = insert(Customer.__table__).values(row).on_conflict_do_nothing().returning(Customer.__table__.c.id)
    new = db.session.execute(made).first()
    customer = Customer.locked(email=token.email)
    if new:
        record("customer.created", customer)
    return guarded(customer)


def with_password(email: str, password: str) -> Customer:
    """Raises Invalid with the same sentence, after the same time, whether the address is known or not; and Blocked."""
    found = Customer.first(email=email)
    if not verify_password(found.password_hash if found else None, password) or found is None:
        raise Invalid({"email": _("This e-mail address and password do not belong together. Check both.")})
    return guarded(found)


def change_password(customer: Customer, current: str, new: str) -> None:
    """Every session ends. Raises Invalid when there is a password already and `current` is not it."""
    if customer.password_hash and not customer.has_password(current):
        raise Invalid({"current": _("This is not your present password.")})
    customer.set_password(new)
