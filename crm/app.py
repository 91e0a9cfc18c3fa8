"""Puts the app together."""

import os
from importlib import import_module
from pathlib import Path

import psycopg._queries
from flask import Flask
from flask_babel import get_locale
from werkzeug.middleware.proxy_fix import ProxyFix

from . import FEATURES, errors, failpoints, headers, logs, realtime, templating, tenancy
from .bounds import Number, limit_body
from .compiled import Spoken
from .config import Config
from .db import db, let_go
from .extensions import babel, bell, csrf, limiter, login, sock
from .refusals import Refusals

# psycopg remembers how it reads a statement, but for long ones and those of many values. Ours are few, and on every page.
psycopg._queries.MAX_CACHED_STATEMENT_LENGTH = 32_768
psycopg._queries.MAX_CACHED_STATEMENT_PARAMS = 200
ROOT = Path(__file__).parent.parent
MEGABYTE = 1024 * 1024


def create_app(config: Config | None = None, testing: bool = False) -> Flask:
    """The app: config, extensions, floor, features, in that order. Raises ConfigError."""
    config = config or Config.from_env(os.environ)
    app = Flask(str(__package__), template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.jinja_environment = Spoken
    configure(app, config, testing)
    app.url_map.converters["int"] = Number
    failpoints.set_up(config.failpoint)
    logs.init_app(app)  # first, so that what an extension refuses has its tenant and its line in the log
    tenancy.init_app(app)
    app.wsgi_app = Refusals(app.wsgi_app)  # type: ignore[method-assign]
    app.before_request(limit_body)
    for extension in (db, csrf, login, sock, limiter, bell):
        extension.init_app(app)
    app.teardown_appcontext(let_go)  # before the session's own, which would roll back
    limiter.enabled = not testing  # the tests that need limits switch them on
    init_migrations(app)
    init_babel(app)
    init_floor(app)
    for feature in FEATURES:
        import_module(f".{feature}", __package__).init_app(app)
    return app


def configure(app: Flask, config: Config, testing: bool) -> None:
    app.config.update(
        CRM=config,
        TESTING=testing,
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=config.sqlalchemy_url,
        # What people wrote stands in the parameters of statements, and those in the text of errors.
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": config.pool_size, "max_overflow": 5, "hide_parameters": True},
        MAX_CONTENT_LENGTH=26 * MEGABYTE,
        MAX_FORM_MEMORY_SIZE=MEGABYTE,  # of a form with files; others: see bounds.limit_body
        MAX_FORM_PARTS=200,
        SESSION_COOKIE_NAME="rapport",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.secure,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        RATELIMIT_ENABLED=True,
        RATELIMIT_STORAGE_URI=config.redis_url,
        RATELIMIT_STORAGE_OPTIONS={"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        ROOT_BLUEPRINTS={"health", "root", "mailbox"},
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.json.sort_keys = False  # type: ignore[attr-defined]


def init_migrations(app: Flask) -> None:
    """For `flask db` alone: no server needs the 8 MiB of Alembic and what it brings."""
    if os.environ.get("FLASK_RUN_FROM_CLI"):
        from flask_migrate import Migrate

        Migrate(app, db, directory=str(ROOT / "migrations"), compare_type=True)


def init_babel(app: Flask) -> None:
    from .locale import file_size, locale, zone

    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "crm" / "translations")
    babel.init_app(app, locale_selector=locale, timezone_selector=zone)
    babel.domain_instance = templating.Sentences()
    app.jinja_env.globals["get_locale"] = get_locale
    templating.init_app(app)
    app.jinja_env.filters["filesizeformat"] = file_size


def init_floor(app: Flask) -> None:
    from . import health, importing, leftovers, mail  # noqa: F401  (some register reactions and jobs)

    realtime.routes.init_app(app)
    headers.init_app(app)
    errors.init_app(app)
    app.register_blueprint(health.bp)
    importing.init_app(app)
    proxies = app.config["CRM"].trusted_proxies
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
