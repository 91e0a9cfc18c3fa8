"""The employees' pages as an app: with this an iPhone puts them on its home screen, and only there may it be pushed to."""

from typing import Any

from flask import jsonify, request
from flask_babel import get_locale
from flask_babel import gettext as _

from ...headers import asset
from ...tenancy import current_tenant
from ..limits import pages_per_address
from . import bp

SURFACE = "#ffffff"
SIZES = (192, 512)


@bp.get("/app.webmanifest")
@pages_per_address
def manifest() -> Any:
    """Of this workspace alone, and without its cookie, as browsers ask for it: it holds nothing but the name."""
    answer = jsonify(app_of(request.script_root, current_tenant.name))
    answer.mimetype = "application/manifest+json"
    return answer


def app_of(root: str, name: str) -> dict[str, Any]:
    ways = (_("Inbox"), "/inbox"), (_("Tickets"), "/tickets"), (_("New ticket"), "/tickets/new")
    return {
        "id": f"{root}/", "name": name, "short_name": name[:30], "lang": str(get_locale()).replace("_", "-"),
        "display": "standalone", "start_url": f"{root}/inbox", "scope": f"{root}/",
        "theme_color": SURFACE, "background_color": SURFACE,
        "icons": [icon(size, purpose) for size in SIZES for purpose in ("any", "maskable")],
        "shortcuts": [{"name": word, "url": root + path} for word, path in ways],
    }  # fmt: skip


def icon(size: int, purpose: str) -> dict[str, str]:
    return {"src": asset(f"app/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
