"""Reading single settings the way crm.config does: NAME, or a path in NAME_FILE."""

import os

from crm.config import database_url, read_setting, redis_url

from .folder import DataFolder, data_path
from .stop import Stop

INSTANCE = "run/environment.json"
KINDS = dict.fromkeys(("DATABASE_URL", "OWNER_DATABASE_URL", "BACKUP_DATABASE_URL"), database_url)
KINDS |= {"REDIS_URL": redis_url}


def optional(name: str) -> str | None:
    """Raises Stop, for an address that does not fit before it reaches a driver, which would repeat its password."""
    try:
        value = read_setting(os.environ, name, "", str, secret=True)
        return KINDS.get(name, str)(value) if value else None
    except ValueError as problem:
        raise Stop(f"{name} {problem}.") from None


def required(name: str) -> str:
    if value := optional(name):
        return value
    raise Stop(f"{name} is not set: set it, or {name}_FILE to the path of a file that holds it.")


def adopt_instance() -> None:
    """Without servers in the environment, a command works on the instance that `crm up` has started here."""
    if not {"DATABASE_URL", "DATABASE_URL_FILE", "OWNER_DATABASE_URL", "OWNER_DATABASE_URL_FILE"} & os.environ.keys():
        for name, value in DataFolder(data_path()).read(INSTANCE).items():
            os.environ.setdefault(name, value)
