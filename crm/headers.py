"""Response headers that protect pages, and addresses of static files that may be cached for ever."""

import json
import secrets
from pathlib import Path

from flask import Flask, Response, current_app, g, request

YEAR = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    app.after_request(protect)
    app.jinja_env.globals.update(csp_nonce=csp_nonce, asset=asset)


def csp_nonce() -> str:
    """The nonce of this response's one <style> element."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return g.csp_nonce


def protect(response: Response) -> Response:
    """Strict defaults; a route that needs other frame-ancestors sets `g.frame_ancestors`."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", policy())
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if current_app.config["CRM"].secure:
        headers.setdefault("Strict-Transport-Security", f"max-age={YEAR}")
    if request.endpoint == "static":
        if "v" in request.args:
            headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    else:
        headers.setdefault("Cache-Control", "no-store")
    return response


def policy() -> str:
    ancestors = g.get("frame_ancestors", "'none'")
    styles = f"'self' 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else "'self'"
    return (
        f"default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self' data: blob:; font-src 'self'; "
        f"connect-src 'self' {socket_origin()}; media-src 'self'; manifest-src 'self'; form-action 'self'; "
        f"frame-src 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    )


def socket_origin() -> str:
    """'self' does not cover ws: in every browser."""
    return request.host_url.rstrip("/").replace("http", "ws", 1)


def asset(path: str) -> str:
    """The address of a static file with its content's hash, so that browsers keep it for a year."""
    return static_path() + path + "?v=" + hashes().get(path, "0")


def static_path() -> str:
    """Static files are the whole server's: without the tenant's prefix they are cached once."""
    return "/static/"


def hashes() -> dict[str, str]:
    known: dict[str, str] | None = current_app.extensions.get("asset_hashes")
    if known is None or current_app.debug:
        manifest = Path(str(current_app.static_folder)) / "vendor" / "manifest.json"
        known = json.loads(manifest.read_text()) if manifest.is_file() else {}
        current_app.extensions["asset_hashes"] = known
    return known
