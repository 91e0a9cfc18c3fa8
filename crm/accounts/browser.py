"""Who a browser is signed in as: the cookie's key, looked up with its person in one statement."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import g, request, session
from sqlalchemy import and_, bindparam, select

from ..db import db, now, prepared
from ..extensions import login
from ..signing import PatientSigner
from .models import Employee, Person, Session, hashed

USED_EVERY = timedelta(minutes=5)
SIGNED_IN = prepared(
    select(Session, Person)
    .join(Person, and_(Person.tenant_id == Session.tenant_id, Person.id == Session.person_id))
    .where(
        Session.key_hash == bindparam("key_hash"),
        Session.revoked_at.is_(None),
        Session.expires_at > bindparam("moment"),
    )
)


def sign_in(person: Person) -> Session:
    """Begin a session in this browser. The cookie is made anew, so nothing set before signing in survives."""
    others = {k: v for k, v in session.items() if k == other_slot(person.kind)}
    session.clear()
    session.update(others)
    row, key = Session.begin(person, request.user_agent.string, request.remote_addr or "")
    session[person.kind] = {"key": key, "person": str(person.id)}
    session.permanent = True
    person.last_seen_at = now()
    g.pop("_login_user", None)
    g.actor_id = person.id
    return row


def sign_out(kind: str) -> None:
    """End the browser's session of an employee or customer, here and in the database."""
    row = loaded(kind)
    if row:
        row.revoke()
    session.pop(kind, None)
    g.pop("_login_user", None)


def other_slot(kind: str) -> str:
    return "customer" if kind == "employee" else "employee"


def loaded(kind: str) -> Session | None:
    """The browser's valid session of this kind with its person, or None. One statement, remembered for the request."""
    cache = g.setdefault("sessions", {})
    if kind not in cache:
        cache[kind] = load(kind)
    return cache[kind]


def session_id() -> UUID | None:
    """Of the signed-in employee's session in this browser."""
    row = loaded("employee")
    return row.id if row else None


def load(kind: str) -> Session | None:
    cookie = session.get(kind)
    if not isinstance(cookie, dict) or "tenant" not in g:
        return None
    before, g.actor_id = g.actor_id, UUID(cookie["person"])  # for the audit; set before the transaction begins
    found = db.session.execute(SIGNED_IN, {"key_hash": hashed(cookie["key"]), "moment": now()}).first()
    if found is None or found.Person.kind != kind or getattr(found.Person, "deactivated_at", None):
        g.actor_id = before
        return None
    return remember(found.Session, found.Person)


def remember(row: Session, person: Person) -> Session:
    from sqlalchemy.orm.attributes import set_committed_value

    set_committed_value(row, "person", person)
    if row.used_at < now() - USED_EVERY and request.method == "POST":
        row.used_at = person.last_seen_at = now()
    return row


@login.request_loader
def load_employee(_: Any) -> Employee | None:
    row = loaded("employee") if g.get("tenant") is not None else None
    return row.person if row else None  # type: ignore[return-value]


def still_signed_in(session_id: UUID) -> bool:
    """Whether this session may still be used; asked for open sockets after a revocation."""
    query = select(Person).join(Session, and_(Session.tenant_id == Person.tenant_id, Session.person_id == Person.id))
    query = query.where(Session.id == session_id, Session.revoked_at.is_(None), Session.expires_at > now())
    person = db.session.scalars(query).first()
    return person is not None and getattr(person, "deactivated_at", None) is None


class CookiePath:
    """Binds the session's cookie to the tenant's path, so that two tenants' cookies never meet.

    The server's own pages stand above every tenant's path, so their cookie has another name.
    """

    def get_signing_serializer(self, app: Any) -> Any:
        serializer = super().get_signing_serializer(app)  # type: ignore[misc]
        if serializer:
            serializer.signer = PatientSigner
        return serializer

    def get_cookie_path(self, app: Any) -> str:
        return g.get("cookie_path") or request.script_root or "/"

    def open_session(self, app: Any, request: Any) -> Any:
        """The widget, on other people's sites, neither reads a cookie nor sets one."""
        return self.session_class() if "crm.widget_key" in request.environ else super().open_session(app, request)  # type: ignore[misc, attr-defined]

    def save_session(self, app: Any, session: Any, response: Any) -> None:
        if "crm.widget_key" not in request.environ:
            super().save_session(app, session, response)  # type: ignore[misc]

    def should_set_cookie(self, app: Any, session: Any) -> bool:
        """Looking at a page prolongs the cookie; what is sent from the page need not sign it again (3 % of a message)."""
        prolonged = request.method == "GET" and super().should_set_cookie(app, session)  # type: ignore[misc]
        return bool(session.modified or prolonged)

    def get_cookie_name(self, app: Any) -> str:
        tenant_here = "cookie_path" in g or "crm.slug" in request.environ
        return app.config["SESSION_COOKIE_NAME"] + ("" if tenant_here else "_start")


__all__ = ["CookiePath", "loaded", "session_id", "sign_in", "sign_out", "still_signed_in"]
