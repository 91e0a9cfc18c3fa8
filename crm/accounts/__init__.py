"""Tenants, employees, departments, roles, and signing in."""

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from . import browser


class TenantCookie(browser.CookiePath, SecureCookieSessionInterface):
    """Flask's signed cookie, bound to the tenant's path."""


def init_app(app: Flask) -> None:
    app.session_interface = TenantCookie()
