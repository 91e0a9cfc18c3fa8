"""How often a stranger may ask. Generous to people and to offices behind one address, not to programs."""

from collections.abc import Callable
from typing import Any

from flask import g

from ..extensions import client_address, limiter

TENANT = "12000 per minute"


def limited(mine: str, ours: str = TENANT) -> Callable[[Any], Any]:
    """Let one visitor (or address, before we know who it is) ask `mine`, and all of a tenant's together `ours`."""

    def decorate(route: Any) -> Any:
        return limiter.limit(mine, key_func=visitor)(limiter.limit(ours, key_func=tenant)(route))

    return decorate


def visitor() -> str:
    known = g.get("visitor")
    return f"{g.tenant_id}:{known.rate_key if known else client_address()}"


def tenant() -> str:
    return str(g.tenant_id)


def address() -> str:
    return f"{g.tenant_id}:{client_address()}"
