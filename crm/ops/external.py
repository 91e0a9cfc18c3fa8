"""Servers of one's own instead of the embedded ones: all three addresses of the database, and one of Redis."""

from urllib.parse import urlsplit

import psycopg

from .roles import URLS
from .settings import optional
from .stop import Stop, reason

ANSWERS_WITHIN = 5


def databases() -> dict[str, str]:
    """{role: address}, reached and safe, or {} when none is set. Raises Stop."""
    urls = {role: url for role, name in URLS.items() if (url := optional(name))}
    if not urls:
        return {}
    if missing := [name for role, name in URLS.items() if role not in urls]:
        raise Stop(f"{' and '.join(missing)} must be set too, beside {URLS[next(iter(urls))]}: see crm db roles.")
    for role, url in urls.items():
        refuse_unsafe(role, url)
    return urls


def refuse_unsafe(role: str, url: str) -> None:
    """The pages' role must not be able to pass round row-level security."""
    try:
        with psycopg.connect(url, connect_timeout=ANSWERS_WITHIN) as connection:
            row = connection.execute(
                "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error as problem:
        raise Stop(f"The database of {URLS[role]} at {place(url)} cannot be reached: {reason(problem)}") from None
    if role == "app" and row and row[0]:
        raise Stop("DATABASE_URL names a role that passes round row-level security: make one with crm db roles.")


def redis() -> str | None:
    url = optional("REDIS_URL")
    if url is None:
        return None
    import redis as redis_client  # takes its time, and is seldom needed

    try:
        client = redis_client.Redis.from_url(url, socket_timeout=ANSWERS_WITHIN, socket_connect_timeout=ANSWERS_WITHIN)
        client.ping()
        client.close()
    except (redis_client.RedisError, ValueError) as problem:
        raise Stop(f"The server of REDIS_URL at {place(url)} cannot be reached: {reason(problem)}") from None
    return url


def place(url: str) -> str:
    """Host and port, never the password."""
    parts = urlsplit(url)
    return f"{parts.hostname or parts.path}:{parts.port}" if parts.port else parts.hostname or parts.path
