"""The demo: a business that has been at work for a while. Filled on the first start, into an empty instance only."""

from typing import Any


def fill() -> None:
    """Run inside an app context. Does nothing when there is a tenant already."""


def facts() -> dict[str, Any]:
    """What the start-up text and the demo shop need, after fill().

    "notes": lines shown under the addresses (the sign-ins); "shop": the environment of the demo shop
    (WIDGET_KEY, IDENTITY_SECRET).
    """
    return {"notes": [], "shop": {}}
