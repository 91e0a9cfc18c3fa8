"""Settings: one frozen dataclass, read once from the environment."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from .failpoints import failpoint


class ConfigError(Exception):
    """Every problem of the environment at once, one sentence a line."""


def setting(name: str, default: str | None = None, kind=str, secret: bool = False):
    """A field read from the variable `name`; without a default it must be set."""
    return field(metadata={"name": name, "default": default, "kind": kind, "secret": secret})


def switch(value: str) -> bool:
    if value.lower() in ("on", "true", "yes", "1"):
        return True
    if value.lower() in ("off", "false", "no", "0"):
        return False
    raise ValueError("must be on or off")


def address(value: str, schemes: tuple[str, ...], example: str) -> SplitResult:
    """The parts of a web-like address. Raises ValueError, also for a port that is no number."""
    try:
        parts = urlsplit(value)
        fits = parts.scheme in schemes and (parts.port is None or parts.port > 0)
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"must look like {example}")
    return parts


def web_url(value: str) -> str:
    """Scheme, host and port alone: the pages' paths begin right after it."""
    parts = address(value, ("http", "https"), "https://support.example.com")
    if not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        raise ValueError("must look like https://support.example.com, with nothing after the host")
    return value.rstrip("/")


def database_url(value: str) -> str:
    address(value, ("postgresql", "postgres"), "postgresql://user:password@host:5432/name")
    if not is_encoded(urlsplit(value).netloc):
        raise ValueError("must have user and password percent-encoded: %40 for @, %25 for %")
    return value


def is_encoded(netloc: str) -> bool:
    """Whether PostgreSQL's driver can take it apart; what it cannot it would quote, password and all."""
    return netloc.count("@") < 2 and not re.search(r"%(?![0-9a-fA-F]{2})", netloc)


def redis_url(value: str) -> str:
    address(value, ("redis", "rediss", "unix"), "redis://host:6379/0")
    return value


def smtp_url(value: str) -> str:
    example = "smtp://user:password@host:587"
    if value and not address(value, ("smtp", "smtps", "smtp+starttls"), example).hostname:
        raise ValueError(f"must look like {example}")
    return value


def listen_url(value: str) -> str:
    example = "smtp://0.0.0.0:25 or lmtp://127.0.0.1:2424"
    if value:
        parts = address(value, ("smtp", "lmtp"), example)
        if not parts.hostname or not parts.port:
            raise ValueError(f"must look like {example}")
    return value


def sender(value: str) -> str:
    _name, mailbox = parseaddr(value)
    if "@" not in mailbox or not value.isprintable():
        raise ValueError("must look like Rapport <rapport@example.com>")
    return value


def one_of(*allowed: str) -> Callable[[str], str]:
    def kind(value: str) -> str:
        if value.lower() not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value.lower()

    return kind


def number(least: int) -> Callable[[str], int]:
    def kind(value: str) -> int:
        if not value.strip().removeprefix("-").isdecimal():
            raise ValueError("must be a whole number")
        if int(value) < least:
            raise ValueError(f"must be at least {least}")
        return int(value)

    return kind


def long_secret(value: str) -> str:
    if len(value) < 32:
        raise ValueError("must have at least 32 characters")
    return value


@dataclass(frozen=True, repr=False)
class Config:
    database_url: str = setting("DATABASE_URL", kind=database_url, secret=True)
    redis_url: str = setting("REDIS_URL", kind=redis_url, secret=True)
    secret_key: str = setting("SECRET_KEY", kind=long_secret, secret=True)
    public_url: str = setting("PUBLIC_URL", "http://127.0.0.1:8000", kind=web_url)
    smtp_url: str = setting("SMTP_URL", "", kind=smtp_url, secret=True)
    mail_from: str = setting("MAIL_FROM", "Rapport <rapport@localhost>", kind=sender)
    mail_listen: str = setting("MAIL_LISTEN", "", kind=listen_url)
    mail_tls_cert: str = setting("MAIL_TLS_CERT", "")
    mail_tls_key: str = setting("MAIL_TLS_KEY", "")
    mail_authserv_id: str = setting("MAIL_AUTHSERV_ID", "")
    mailbox_private_hosts: bool = setting("MAILBOX_PRIVATE_HOSTS", "off", kind=switch)
    push_private_hosts: bool = setting("PUSH_PRIVATE_HOSTS", "off", kind=switch)
    mail_sink_dir: str = setting("MAIL_SINK_DIR", "")
    files_dir: Path = setting("FILES_DIR", "var/files", kind=Path)
    signup: bool = setting("SIGNUP", "on", kind=switch)
    trusted_proxies: int = setting("TRUSTED_PROXIES", "0", kind=number(0))
    demo_shop_url: str = setting("DEMO_SHOP_URL", "")
    log_level: str = setting("LOG_LEVEL", "info", kind=one_of("debug", "info", "warning", "error", "critical"))
    log_format: str = setting("LOG_FORMAT", "text", kind=one_of("text", "json"))
    web_workers: int = setting("WEB_WORKERS", "2", kind=number(1))
    pool_size: int = setting("DATABASE_POOL", "10", kind=number(1))
    failpoint: str = setting("RAPPORT_FAILPOINT", "", kind=failpoint)

    @property
    def sqlalchemy_url(self) -> str:
        return "postgresql+psycopg://" + self.database_url.split("://", 1)[1]

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Config":
        """Raises ConfigError that names every missing or wrong setting."""
        values, problems = {}, []
        for item in fields(cls):
            try:
                values[item.name] = read_setting(environ, **item.metadata)
            except (ValueError, OSError) as problem:
                problems.append(f"{item.metadata['name']} {problem}.")
        if problems:
            raise ConfigError("\n".join(problems))
        return cls(**values)


def read_setting(environ, name, default, kind, secret):
    value = environ.get(name)
    if value is None and secret and environ.get(f"{name}_FILE"):
        value = read_secret(environ[f"{name}_FILE"])
    if value is None:
        value = default
    if value is None:
        raise ValueError(f"is not set (or {name}_FILE)" if secret else "is not set")
    return kind(value)


def read_secret(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise ValueError(f"cannot be read from {path}: {error.strerror}") from None
