"""Tenants, employees, departments, roles, and signing in."""

from importlib import import_module

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from . import browser

# Each registers what it holds: pages, reactions, clock entries.
PAGES = [
    "start",
    "app",
    "signing_in",
    "passwords",
    "employees",
    "invitations",
    "profile",
    "workspace",
    "departments",
    "hours",
    "widget",
    "mails",
]


class TenantCookie(browser.CookiePath, SecureCookieSessionInterface):
    """Flask's signed cookie, bound to the tenant's path."""


def init_app(app: Flask) -> None:
    from . import events, kinds, routes  # noqa: F401  (reactions register themselves)

    app.session_interface = TenantCookie()
    app.jinja_env.filters["as_field"] = kinds.as_field
    app.jinja_env.globals.update(clock=kinds.clock, clock_name=kinds.clock_name)
    for name in PAGES:
        import_module(f".routes.{name}", __name__)
    app.register_blueprint(routes.root)
    app.register_blueprint(routes.bp)
