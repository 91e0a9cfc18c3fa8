"""Settings: one frozen dataclass, read once from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit


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


def web_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a web address such as https://support.example.com")
    return value.rstrip("/")


def database_url(value: str) -> str:
    if urlsplit(value).scheme not in ("postgresql", "postgres"):
        raise ValueError("must look like postgresql://user:password@host:5432/name")
    return value


def redis_url(value: str) -> str:
    if urlsplit(value).scheme not in ("redis", "rediss", "unix"):
        raise ValueError("must look like redis://host:6379/0")
    return value


def smtp_url(value: str) -> str:
    if value and urlsplit(value).scheme not in ("smtp", "smtps", "smtp+starttls"):
        raise ValueError("must look like smtp://user:password@host:587")
    return value


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
    mail_from: str = setting("MAIL_FROM", "Rapport <rapport@localhost>")
    mail_sink_dir: str = setting("MAIL_SINK_DIR", "")
    files_dir: Path = setting("FILES_DIR", "var/files", kind=Path)
    signup: bool = setting("SIGNUP", "on", kind=switch)
    trusted_proxies: int = setting("TRUSTED_PROXIES", "0", kind=int)
    demo_shop_url: str = setting("DEMO_SHOP_URL", "")
    log_level: str = setting("LOG_LEVEL", "INFO")
    log_format: str = setting("LOG_FORMAT", "text")
    pool_size: int = setting("DATABASE_POOL", "10", kind=int)

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
    try:
        return kind(value)
    except ValueError as error:
        raise ValueError("must be a whole number" if kind is int else str(error)) from None


def read_secret(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise ValueError(f"cannot be read from {path}: {error.strerror}") from None
