"""Who talks through the widget: the holder of a token kept on the host page, or a user whom the tenant's shop vouches for.

The token stays with the browser. Exchanged once an hour, it gives a bearer that holds a key made of it, never the
token itself, so a bearer that leaks is worth an hour. Everything is looked up again with each request.
"""

import hashlib
import hmac
import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from flask import current_app, request
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import Forbidden, Unauthorized

from ..accounts.models import Department, hashed
from ..conversations.models import Conversation
from ..customers.models import Customer, VisitorToken
from ..db import act_as, db, now, uuid7
from ..events import record
from ..signing import PatientSigner
from ..tenancy import current_tenant
from ..web import Kind, Unfit, clean, email

BEARER_SECONDS = 3600
SIGNED_SECONDS = 24 * 3600
CLOCK_SECONDS = 300
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}\Z")


class NotRecognised(Unauthorized):
    description = _l("We could not recognise you. Load the page again and write once more.")


class Blocked(Forbidden):
    description = _l("You cannot write to us here. Please use another way to reach us.")


@dataclass(frozen=True)
class KnownUser:
    """What the shop says and has signed: `id` is its own number for the user, `verified` that the address is proven."""

    id: str
    name: str = ""
    email: str | None = None
    verified: bool = False


@dataclass
class Visitor:
    """Somebody in the widget; `customer` is None until the first message. The browser names the language."""

    key: str
    user: KnownUser | None = None
    department_id: UUID | None = None
    version: int = 0
    customer: Customer | None = None
    language: str | None = None
    time_zone: str | None = None

    def customer_or_new(self, name: str = "", email: str | None = None) -> Customer:
        """The customer; made now if need be. Raises Blocked and NotRecognised."""
        if self.customer is None:
            self.customer = (
                known_customer(self.user) if self.user else VisitorToken.customer_for(self.key, **first_values())
            )
        guarded(self.customer).introduce(name, email)
        act_as(self.customer)
        return self.customer

    @property
    def is_stranger(self) -> bool:
        """Whether nobody vouches for them: a number they have typed, at which they were reached, may be somebody else's, and
        so may the calls that come from there."""
        return self.user is None

    def sees(self, conversation_id: UUID) -> bool:
        """Whether one of their own conversations is shown to them here."""
        return not self.is_stranger or Conversation.find(id=conversation_id).channel != "phone"

    @property
    def rate_key(self) -> str:
        return f"user:{self.user.id}" if self.user else f"visitor:{self.key}"


def token() -> Kind:
    """The field kind of a visitor's token: 32 random bytes as base64url."""

    def kind(value: Any) -> str:
        if not TOKEN.match(clean(value, 100)):
            raise Unfit(_l("This is not a visitor's token."))
        return value

    return kind


def exact(max: int) -> Kind:
    """Text as it was sent: a signature covers every space."""

    def kind(value: Any) -> Any:
        if value is not None:
            clean(value, max)
        return value

    return kind


def key_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# -- users whom the shop vouches for


def known_user(said: str, signature: str) -> KnownUser:
    """The user in the JSON `said` {id, issued_at, name, email, email_verified}. Raises NotRecognised: forged, stale, foreign."""
    expected = hmac.new(current_tenant.identity_secret.encode(), said.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.lower().encode()):
        raise NotRecognised()
    try:
        facts = json.loads(said)
        age = now().timestamp() - float(facts["issued_at"])
        id = clean(user_id(facts["id"]), 200).strip()
        name = clean(facts.get("name") or "", 200).strip()
        address = email(optional=True)(facts.get("email"))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        raise NotRecognised() from None
    if not id or not -CLOCK_SECONDS < age < SIGNED_SECONDS:
        raise NotRecognised()
    return KnownUser(id, name, address, facts.get("email_verified") is True)


def user_id(said: Any) -> str:
    """A text or a whole number. A shop that signs `null` for its guests would make one customer of them all."""
    if isinstance(said, bool) or not isinstance(said, str | int):
        raise TypeError("not an id")
    return str(said)


def known_customer(user: KnownUser) -> Customer:
    """The customer of a known user, made when they are new. Two tabs at once get the same one."""
    row = {"tenant_id": current_tenant.id, "id": uuid7(), "kind": "customer", "external_id": user.id, **first_values()}
    made = insert(Customer.__table__).values(row).on_conflict_do_nothing().returning(Customer.__table__.c.id)
    new = db.session.execute(made).first()
    customer = Customer.locked(external_id=user.id)
    tell_of(customer, user)
    if new:
        record("customer.created", customer)
    return customer


def tell_of(customer: Customer, user: KnownUser) -> None:
    """Take over what the shop says. Its address counts as proven when it says so and nobody else has proven it."""
    customer.introduce("" if customer.name else user.name, user.email)
    if user.verified and user.email and customer.email is None and Customer.first(email=user.email) is None:
        with suppress(IntegrityError), db.session.begin_nested():  # somebody else proves it at this very moment
            customer.email = user.email


def first_values() -> dict[str, Any]:
    return {"language": str(get_locale()), "user_agent": request.user_agent.string[:300]}


def adopt(visitor: Visitor) -> None:
    """A stranger's conversations follow them when they sign in to the shop; the token alone opens them no longer."""
    if visitor.user is None or visitor.customer is not None:
        return
    stranger = holder(visitor.key)
    if stranger is None or stranger.external_id or stranger.email:
        return
    stranger.external_id = visitor.user.id
    for row in db.session.scalars(select(VisitorToken).where(VisitorToken.customer_id == stranger.id)).all():
        db.session.delete(row)
    current_tenant.touch_access()
    visitor.customer = stranger


def welcome(visitor: Visitor, department: str) -> None:
    """Find who it is at the beginning of a session. Raises Blocked and NotRecognised."""
    visitor.customer = customer_of(visitor)
    adopt(visitor)
    if visitor.customer:
        act_as(visitor.customer)
        visitor.customer.last_seen_at = now()
        if visitor.user:
            tell_of(visitor.customer, visitor.user)
    wanted = department.strip().lower()
    open_ones = Department.open_ones() if wanted else []
    visitor.department_id = next((one.id for one in open_ones if wanted in (one.name.lower(), str(one.id))), None)


# -- the bearer


def serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["CRM"].secret_key, salt="visitor", signer=PatientSigner)


def bearer_of(visitor: Visitor) -> str:
    user = asdict(visitor.user) if visitor.user else None
    department = str(visitor.department_id) if visitor.department_id else None
    held = [str(current_tenant.id), current_tenant.identity_version, visitor.key, user, department]
    return str(serializer().dumps(held))


def read_bearer(bearer: str) -> Visitor:
    """The visitor, with their customer. Raises NotRecognised for a forged, stale, foreign or revoked one, and Blocked."""
    try:
        tenant_id, version, key, user, department = serializer().loads(bearer, max_age=BEARER_SECONDS)
    except (BadData, ValueError, TypeError):
        raise NotRecognised() from None
    if tenant_id != str(current_tenant.id) or (user and version != current_tenant.identity_version):
        raise NotRecognised()
    visitor = Visitor(key, KnownUser(**user) if user else None, UUID(department) if department else None, version)
    visitor.customer = customer_of(visitor)
    return visitor


def customer_of(visitor: Visitor) -> Customer | None:
    """Who this is, read from the database now. Raises NotRecognised and Blocked."""
    customer = Customer.first(external_id=visitor.user.id) if visitor.user else holder(visitor.key)
    return guarded(customer) if customer else None


def holder(key: str) -> Customer | None:
    """The customer of a token's key; None for a token nobody has used. Raises NotRecognised when it was revoked or ran out."""
    query = select(VisitorToken).where(VisitorToken.key_hash == hashed(key)).options(joinedload(VisitorToken.customer))
    row = db.session.scalars(query).first()
    if row is None:
        return None
    if row.revoked_at or row.expires_at <= now():
        raise NotRecognised()
    return row.customer


def guarded(customer: Customer) -> Customer:
    if customer.blocked_at:
        raise Blocked()
    return customer


def still_welcome(visitor: Visitor) -> bool:
    """Asked for open sockets after each revocation, within the tenant."""
    if visitor.user and visitor.version != current_tenant.identity_version:
        return False
    try:
        return customer_of(visitor) is not None
    except (NotRecognised, Blocked):
        return False
