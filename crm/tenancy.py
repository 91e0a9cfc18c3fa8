"""Which tenant this request, job or command works for.

`/<slug>/…` becomes SCRIPT_NAME `/<slug>`, and `/w/<widget key>/…` becomes SCRIPT_NAME `/w/<widget key>`,
so that no route and no `url_for` ever names a tenant.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from threading import Lock
from time import monotonic
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app, g, has_app_context, request
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.exceptions import NotFound
from werkzeug.local import LocalProxy

from .db import Base, db, end_reading, now, uuid7
from .templating import listen_anew

KEY = re.compile(r"[A-Za-z0-9_-]{1,60}\Z")
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z")
# First path segments that belong to the whole server and can be nobody's slug.
ROOT = {
    *("static", "healthz", "readyz", "sign-up", "mail", "robots.txt", "favicon.ico", "w", "api", "admin", "www"),
    *("crm", "docs", "metrics", "sign-in", "assets", "socket", "ws", "help", "status", "rapport", "start"),
}


class Tenant(Base):
    """A business that uses this server. Outside the walls; holds no customer's data."""

    __tablename__ = "tenants"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    widget_key: Mapped[str] = mapped_column(unique=True, default=lambda: "wk_" + secrets.token_urlsafe(18))
    accent: Mapped[str] = mapped_column(default="#2457c5", server_default="#2457c5")
    greeting: Mapped[str] = mapped_column(default="", server_default="")
    language: Mapped[str] = mapped_column(default="en", server_default="en")
    languages: Mapped[list[str]] = mapped_column(default=lambda: ["en", "de"], server_default='["en", "de"]')
    time_zone: Mapped[str] = mapped_column(default="UTC", server_default="UTC")
    currency: Mapped[str] = mapped_column(default="EUR", server_default="EUR")
    # Of telephone numbers that are typed without one, as ISO 3166 writes it; "" for none.
    country: Mapped[str] = mapped_column(default="", server_default="")
    allowed_sites: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    # Of which statuses of their tickets customers hear by e-mail; None is all of them.
    notify_statuses: Mapped[list[str] | None] = mapped_column(JSONB)
    # After how many days a solved ticket closes by itself; 0 for never.
    ticket_close_days: Mapped[int] = mapped_column(default=4, server_default="4")
    rating_delay_minutes: Mapped[int] = mapped_column(default=60, server_default="60")
    # What customers may name as the reason of their stars; days for which one who was asked is left in peace; and whether
    # to ask also about what nobody had answered.
    rating_reasons: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    rating_rest_days: Mapped[int] = mapped_column(default=0, server_default="0")
    rating_unanswered: Mapped[bool] = mapped_column(default=False, server_default="false")
    identity_version: Mapped[int] = mapped_column(default=1, server_default="1")
    access_changed_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())

    @property
    def identity_secret(self) -> str:
        """The key with which the tenant's shop signs its known users; derived, so never stored."""
        root = current_app.config["CRM"].secret_key.encode()
        return hmac.new(root, f"identity:{self.id}:{self.identity_version}".encode(), hashlib.sha256).hexdigest()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def day_of(self, moment: datetime) -> date:
        """On the workspace's own clock: what has one date has it for everybody, wherever they read it."""
        return moment.astimezone(self.zone).date()

    @property
    def path(self) -> str:
        return f"/{self.slug}"

    def touch_access(self) -> None:
        """Tell every process to look again at who may hold a socket (see crm/realtime)."""
        query = Tenant.__table__.update().where(Tenant.id == self.id).values(access_changed_at=func.clock_timestamp())
        db.session.execute(query)


current_tenant = cast(Tenant, LocalProxy(lambda: g.tenant))


def public_link(endpoint: str, **values: Any) -> str:
    """The absolute address of a tenant's page for mails: from PUBLIC_URL, never from a request's Host header."""
    urls = current_app.url_map.bind("", script_name=current_tenant.path)
    return current_app.config["CRM"].public_url + urls.build(endpoint, values)


class TenantPaths:
    """WSGI middleware: moves the tenant's part of the path into SCRIPT_NAME."""

    def __init__(self, wsgi_app: Any):
        self.wsgi_app = wsgi_app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        segments = environ.get("PATH_INFO", "").split("/", 3)[1:]
        if segments[:1] == ["w"] and len(segments) > 1 and KEY.match(segments[1]):
            move(environ, f"/w/{segments[1]}")
            environ["crm.widget_key"] = segments[1]
        elif segments and segments[0] not in ROOT and SLUG.match(segments[0]):
            move(environ, f"/{segments[0]}")
            environ["crm.slug"] = segments[0]
        elif segments == [""]:
            environ["PATH_INFO"] = "/start"  # `/` is a tenant's start page too, and a rule serves one side only
        return self.wsgi_app(environ, start_response)


def move(environ: dict[str, Any], prefix: str) -> None:
    environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
    environ["PATH_INFO"] = environ["PATH_INFO"][len(prefix) :] or "/"


def init_app(app: Any) -> None:
    app.wsgi_app = TenantPaths(app.wsgi_app)
    app.before_request(load_tenant)


def load_tenant() -> None:
    """Set the request's tenant. Raises NotFound for an unknown one and for a page on the wrong side.

    Pages are the tenant's unless their blueprint says otherwise: `root` blueprints serve no tenant,
    and the `widget` blueprint alone is reached by the widget's key.
    """
    slug, key = request.environ.get("crm.slug"), request.environ.get("crm.widget_key")
    if request.endpoint is None:
        # Only for the error page's name and colours; an unknown tenant has none.
        if slug and (tenant := cached_tenant("slug", slug)):
            set_tenant(tenant)
        return
    side = "widget" if request.blueprint == "widget" else "root" if is_root(request.endpoint) else "tenant"
    if side != ("widget" if key else "tenant" if slug else "root"):
        raise NotFound()
    if side != "root":
        tenant = cached_tenant("widget_key", key) if key else cached_tenant("slug", cast(str, slug))
        if tenant is None:
            raise NotFound()
        set_tenant(tenant)


def is_root(endpoint: str) -> bool:
    return endpoint == "static" or endpoint.split(".")[0] in current_app.config["ROOT_BLUEPRINTS"]


def set_tenant(tenant: Tenant | None, actor_id: UUID | None = None) -> None:
    g.tenant = tenant
    g.tenant_id = tenant.id if tenant else None
    g.actor_id = actor_id


CACHE_SECONDS = 2.0
cache: dict[tuple[str, str | UUID], tuple[float, Tenant]] = {}


def cached_tenant(column: str, value: str | UUID) -> Tenant | None:
    """A tenant by slug, key or id, at most two seconds old: each request and job needs one, and they hardly change.

    The row is detached and shared between greenlets: read it, and load a fresh one to change it.
    """
    if known := still_cached(column, value):
        return known
    alone = loading.acquire(timeout=CACHE_SECONDS)
    try:
        return still_cached(column, value) or read_tenant(column, value)
    finally:
        if alone:
            loading.release()


# One at a time reads it, or a crowd that comes at once would take every connection for the same row.
loading = Lock()


def still_cached(column: str, value: str | UUID) -> Tenant | None:
    entry = cache.get((column, value))
    return entry[1] if entry and entry[0] > monotonic() and getattr(entry[1], column) == value else None


def read_tenant(column: str, value: str | UUID) -> Tenant | None:
    tenant = db.session.scalars(select(Tenant).where(getattr(Tenant, column) == value)).first()
    if tenant is not None:
        db.session.expunge(tenant)
    end_reading()  # the tenant's own transaction must begin with the tenant set
    if tenant is None:
        return None
    if len(cache) > 10_000:
        cache.clear()
    cache[column, value] = (monotonic() + CACHE_SECONDS, tenant)
    return tenant


def forget_cached_tenant() -> None:
    cache.clear()


def recent_tenant(id: UUID) -> Tenant:
    """As it was at most two seconds ago, for what is done often and hangs on nothing that changes. Raises NotFound."""
    found = cached_tenant("id", id)
    if found is None:
        raise NotFound()
    return found


@contextmanager
def as_tenant(tenant: Tenant | UUID, actor_id: UUID | None = None) -> Iterator[Tenant]:
    """Work for `tenant` within the current app context, in transactions of its own."""
    if not has_app_context():
        raise RuntimeError("as_tenant needs an app context.")
    before = (g.get("tenant"), g.get("tenant_id"), g.get("actor_id"))
    db.session.commit()
    if not isinstance(tenant, Tenant):
        found = db.session.get(Tenant, tenant)
        if found is None:
            raise NotFound()
        tenant = found
    _loaded = tenant.id  # after a rollback this reads the row, in a transaction that must not be the tenant's
    db.session.commit()
    set_tenant(tenant, actor_id)
    listen_anew()
    try:
        yield tenant
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        db.session.info.pop("happened", None)  # what was not told here is not told as another tenant
        g.tenant, g.tenant_id, g.actor_id = before
        listen_anew()
