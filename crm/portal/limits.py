"""How often a stranger may ask. Generous to people and to offices behind one address, not to programs."""

from collections.abc import Callable
from typing import Any

from flask import g, request

from ..extensions import client_address, limiter

TENANT = "12000 per minute"
MESSAGES = "5 per 2 seconds"  # a short time, so that nobody's flood arrives in one piece


def limited(mine: str, ours: str = TENANT) -> Callable[[Any], Any]:
    """Let one visitor (or address, before we know who it is) ask `mine`, and all of a tenant's together `ours`."""

    def decorate(route: Any) -> Any:
        return limiter.limit(mine, key_func=visitor)(limiter.limit(ours, key_func=tenant)(route))

    return decorate


def visitor() -> str:
    known = g.get("visitor")
    return f"{g.tenant_id}:{known.rate_key if known else client_address()}"


visitor.tells_the_sender = True  # type: ignore[attr-defined]  # see crm/refusals.py


def tenant() -> str:
    return str(g.tenant_id)


def address() -> str:
    return f"{g.tenant_id}:{client_address()}"


LARGE = 256 * 1024


def small() -> bool:
    """Whether the body is surely no large file; one that does not say its length may be."""
    return request.content_length is not None and request.content_length <= LARGE


# A stranger's messages are many and small; files of 25 MB as often would fill the disk in an hour.
uploads = limiter.limit("20 per minute; 200 per hour", key_func=address, exempt_when=small)
