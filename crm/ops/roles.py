"""`crm db roles`: what a superuser runs once on a PostgreSQL of one's own."""

import re
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .settings import optional

HERE = Path(__file__).parent
URLS = {"app": "DATABASE_URL", "owner": "OWNER_DATABASE_URL", "backup": "BACKUP_DATABASE_URL"}
SUPERUSER_NOTE = "-- For psql, as a superuser: crm db roles | psql postgresql://postgres@HOST:5432/postgres\n"


def script() -> str:
    """The SQL with its values filled in: passwords from the three addresses where they are set, else new ones."""
    values = {"database": database_name()}
    values |= {f"{role}_password": password(role) for role in URLS}
    notes = "".join(f"-- {name}={address(role, values)}\n" for role, name in URLS.items())
    return (
        SUPERUSER_NOTE + notes + filled((HERE / "roles.sql").read_text(), values) + (HERE / "leakproof.sql").read_text()
    )


def database_name() -> str:
    url = optional("DATABASE_URL")
    return (urlsplit(url).path.lstrip("/") if url else "") or "rapport"


def password(role: str) -> str:
    url = optional(URLS[role])
    known = urlsplit(url).password if url else None
    return unquote(known) if known else secrets.token_urlsafe(24)


def address(role: str, values: dict[str, str]) -> str:
    return (
        optional(URLS[role])
        or f"postgresql://rapport_{role}:{values[f'{role}_password']}@HOST:5432/{values['database']}"
    )


def filled(sql: str, values: dict[str, str]) -> str:
    """`sql` with psql's :'name' and :"name" replaced by quoted literals and names."""
    for name, value in values.items():
        literal = "'" + value.replace("'", "''") + "'"
        identifier = '"' + value.replace('"', '""') + '"'
        sql = sql.replace(f":'{name}'", literal).replace(f':"{name}"', identifier)
    return re.sub(r"(?m)^-- The database, its three roles.*\n-- :owner_password.*\n", "", sql)
