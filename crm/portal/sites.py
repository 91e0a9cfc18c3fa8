"""On which sites a tenant's chat may stand: in the frame's CSP, for the button's CORS, and when a session begins."""

import re

from flask import current_app, request

from ..realtime.routes import origin_of
from ..tenancy import current_tenant

SITE = re.compile(r"https?://(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?\Z")


def sites() -> list[str]:
    """The tenant's allowed sites as CSP sources. An empty list allows the demo shop alone, besides the product itself."""
    chosen = current_tenant.allowed_sites or [current_app.config["CRM"].demo_shop_url]
    written = [plain(site) for site in chosen if site]
    return [site for site in written if SITE.match(site)]


def plain(site: str) -> str:
    """A site as a browser names its origin: lower case, no path, no usual port."""
    origin = origin_of(site.strip().lower())
    return re.sub(r"(?<=^https)(://.*):443$|(?<=^http)(://.*):80$", lambda m: m[1] or m[2], origin)


def ancestors() -> str:
    return " ".join(["'self'", *sites()])


def is_allowed(origin: str) -> bool:
    config = current_app.config["CRM"]
    if origin in (origin_of(config.public_url), origin_of(request.host_url)):
        return True
    return SITE.match(origin) is not None and "*" not in origin and any(fits(origin, site) for site in sites())


def allowed_page(url: str) -> str:
    """The address of a page on an allowed site, or '' for any other: it is shown to employees and stands in mails."""
    try:
        return url if is_allowed(origin_of(url)) else ""
    except ValueError:
        return ""


def fits(origin: str, site: str) -> bool:
    """Whether `origin` is the site, or one of the hosts under `https://*.example.com`."""
    scheme, _, host = site.partition("://")
    if host.startswith("*."):
        return origin.startswith(f"{scheme}://") and origin.endswith(host[1:])
    return origin == site
