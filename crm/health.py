"""/healthz: the process answers. /readyz: it can do its work; a dead bell or worker is degraded, not down."""

import logging
from datetime import timedelta
from functools import cache
from typing import Any

import redis
from flask import Blueprint, jsonify
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from .db import db, now
from .extensions import bell, limiter
from .jobs import Clock
from .revisions import newest

log = logging.getLogger(__name__)
bp = Blueprint("health", __name__)
limiter.exempt(bp)


@bp.get("/healthz")
def alive() -> Any:
    return jsonify(status="alive")


@bp.get("/readyz")
def ready() -> Any:
    """200 with `ready` or `degraded`, 503 with `unready`, and each part by name."""
    parts = {"database": database(), "redis": redis_part(), "worker": "unknown"}
    if parts["database"] == "ok":
        parts["worker"] = worker()
    ok = parts["database"] == "ok"
    status = "unready" if not ok else "ready" if set(parts.values()) == {"ok"} else "degraded"
    return jsonify(status=status, **parts), 200 if ok else 503


def database() -> str:
    try:
        found = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError as problem:
        log.warning("Not ready: %s", type(problem).__name__)
        db.session.rollback()
        return "unreachable or not migrated"
    return "ok" if {found} == newest_migrations() else "migrations are missing: run crm db migrate"


@cache
def newest_migrations() -> set[str]:
    return newest()


def redis_part() -> str:
    try:
        bell.client.ping()
    except redis.RedisError:
        return "unreachable"
    return "ok"


def worker() -> str:
    alive_at = db.session.scalar(select(Clock.due).where(Clock.name == "worker.alive"))
    return "ok" if alive_at and alive_at > now() - timedelta(seconds=60) else "not running"
