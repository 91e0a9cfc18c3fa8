"""Opening a tenant from the command line, as signing up does, but without choosing the owner's password here."""

import secrets
from collections.abc import Mapping
from typing import Any

from flask import g

from ..accounts.kinds import slug as slug_kind
from ..accounts.models import Token
from ..accounts.tenants import open_tenant
from ..events import commit
from ..tenancy import public_link
from ..web import Invalid, Kind, Unfit, email, text
from .stop import Stop

HOURS = 48


def create(slug: str, name: str, owner_email: str, owner_name: str) -> str:
    """Says where the owner chooses a password. Raises Stop."""
    line = text(max=100, lines=False)
    kinds = {"slug": slug_kind(), "name": line, "owner-email": email(), "owner-name": line}
    given = {"slug": slug, "name": name, "owner-email": owner_email, "owner-name": owner_name}
    values = fitting(kinds, given)
    owner = {"name": values["owner-name"], "email": values["owner-email"], "password": secrets.token_urlsafe(32)}
    g.language = "en"
    try:
        person = open_tenant(values["slug"], values["name"], owner)
    except Invalid as problem:
        raise Stop(" ".join(problem.errors.values())) from None
    _token, key = Token.make("password_reset", HOURS, person_id=person.id)
    commit()
    link = public_link("accounts.reset", key=key)
    return f"{values['name']} is open. Within {HOURS} hours {owner['name']} chooses a password at {link}"


def fitting(kinds: Mapping[str, Kind], given: Mapping[str, str]) -> dict[str, Any]:
    values, problems = {}, []
    for name, kind in kinds.items():
        try:
            values[name] = kind(given[name])
        except Unfit as problem:
            problems.append(f"{name}: {problem}")
    if problems:
        raise Stop("\n".join(problems))
    return values
