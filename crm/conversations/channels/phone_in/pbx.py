"""The form in which any telephone exchange, or a script beside it, may tell of calls. Described in docs/phone.md."""

import hashlib
import hmac
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _

from ....web import Kind, Unfit, choice, clean, integer, read, text
from ...models.call import DIRECTIONS, LONGEST_SECONDS, OUTCOMES
from .told import STATES, Told

WINDOW_SECONDS = 300


def signature(secret: str, timestamp: str, body: bytes) -> str:
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(given: str, secret: str, timestamp: str, body: bytes, moment: float) -> bool:
    """Whether it is, and was signed within five minutes of `moment` (seconds since 1970)."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        return False
    fresh = abs(moment - int(timestamp)) <= WINDOW_SECONDS
    return hmac.compare_digest(given.encode(), signature(secret, timestamp, body).encode()) and fresh


def told() -> Told:
    """What the request's form or JSON says. Raises Invalid."""
    line = text(max=100, optional=True, lines=False)
    kinds: dict[str, Kind] = {
        "id": text(max=200, lines=False), "state": choice(*STATES), "direction": choice(*DIRECTIONS, optional=True),
        "from": line, "to": line, "agent": text(max=254, optional=True, lines=False), "at": time(),
        "seconds": integer(0, LONGEST_SECONDS, optional=True), "outcome": choice(*OUTCOMES, optional=True),
        "recording": https(),
    }  # fmt: skip
    said = read(**kinds)
    came = (said["direction"] or "in") == "in"
    theirs, ours = (said["from"], said["to"]) if came else (said["to"], said["from"])
    known = {name: said[name] for name in ("id", "state", "agent", "at", "seconds", "outcome")}
    return Told(direction="in" if came else "out", theirs=theirs, ours=ours, recording_url=said["recording"], **known)


def time() -> Kind:
    def kind(value: Any) -> datetime | None:
        if value in (None, ""):
            return None
        try:
            at = datetime.fromisoformat(clean(value, 40))
        except ValueError:
            at = datetime.min
        if at.tzinfo is None:
            raise Unfit(_("Write the time as 2026-11-21T13:05:00Z."))
        return at

    return kind


def https() -> Kind:
    """A web address that a browser opens safely; "" for none."""

    def kind(value: Any) -> str:
        address = clean(value or "", 500).strip()
        if address and not is_https(address):
            raise Unfit(_("Send an address that begins with https://."))
        return address

    return kind


def is_https(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and address.isprintable() and " " not in address
