"""Reading single settings the way crm.config does: NAME, or a path in NAME_FILE."""

import os

from crm.config import read_setting

from .stop import Stop


def optional(name: str) -> str | None:
    try:
        return read_setting(os.environ, name, "", str, secret=True) or None
    except ValueError as problem:
        raise Stop(f"{name} {problem}.") from None


def required(name: str) -> str:
    if value := optional(name):
        return value
    raise Stop(f"{name} is not set: set it, or {name}_FILE to the path of a file that holds it.")
