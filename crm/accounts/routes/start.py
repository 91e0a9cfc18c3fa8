"""The server's own pages: the way to a workspace, and a new one."""

from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, send_from_directory
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select

from ...db import db
from ...events import commit
from ...forms import filled, redraw
from ...tenancy import Tenant, forget_cached_tenant
from ...web import Invalid, email, read, text
from ..browser import sign_in
from ..kinds import new_password, slug, time_zones
from ..limits import pages_per_address, per_address, sign_ups_per_address
from ..tenants import open_tenant
from ..whereabouts import settings_at
from . import root


@root.get("/start")
@pages_per_address
def start(errors: dict[str, str] | None = None) -> Any:
    config = current_app.config["CRM"]
    shown = {"signup": config.signup, "demo": demo() if config.demo_shop_url else None}
    return render_template("accounts/home.html", form=filled(slug=""), errors=errors, **shown)


@root.post("/start")
@per_address
@redraw(start)
def find_workspace() -> Any:
    typed = read(slug=text(max=200))["slug"].lower()
    if db.session.scalars(select(Tenant.id).where(Tenant.slug == typed)).first() is None:
        raise Invalid({"slug": _("There is no workspace with this address. Check it, or ask who invited you.")})
    return redirect(f"{request.script_root}/{typed}/sign-in")


@root.get("/sign-up")
@pages_per_address
def sign_up(errors: dict[str, str] | None = None) -> Any:
    if not current_app.config["CRM"].signup:
        return render_template("accounts/sign_up.html", closed=True), 403
    form = filled(company="", slug="", name="", email="")
    return render_template("accounts/sign_up.html", form=form, errors=errors, base_url=base_url())


@root.post("/sign-up")
@sign_ups_per_address
@redraw(sign_up)
def create_workspace() -> Any:
    if not current_app.config["CRM"].signup:
        return sign_up()
    line = text(max=100, lines=False)
    fields = read(company=line, slug=slug(), name=line, email=email(), password=new_password())
    where = settings_at(browser_zone())
    enter(open_tenant(fields["slug"], fields.pop("company"), owner=fields, language=str(get_locale()), **where))
    flash(_("Your workspace is ready. Put the chat on your site, then invite your team."), "good")
    return redirect(f"{request.script_root}/{fields['slug']}/settings/widget")


def enter(owner: Any) -> None:
    """Sign the owner in: the cookie belongs to the new workspace's path, not to this page's."""
    g.cookie_path = f"{request.script_root}{g.tenant.path}"
    sign_in(owner)
    commit()
    forget_cached_tenant()


def browser_zone() -> str:
    """What the browser's clock says, where it says something that we know."""
    zone = request.form.get("time_zone")
    return zone if zone in time_zones() else "UTC"


def demo() -> dict[str, Any]:
    """The ways into the demo that `bin/up` filled."""
    tenants = db.session.scalars(select(Tenant).order_by(Tenant.id).limit(5)).all()
    config = current_app.config["CRM"]
    return {"shop": config.demo_shop_url, "tenants": tenants, "mail": bool(config.mail_sink_dir)}


def base_url() -> str:
    return current_app.config["CRM"].public_url + "/"


@root.get("/robots.txt")
@pages_per_address
def robots() -> Any:
    """Workspaces are nobody's business but the help pages', and those want no search engine either."""
    return "User-agent: *\nDisallow: /\nAllow: /$\n", 200, {"Content-Type": "text/plain; charset=utf-8"}


@root.get("/favicon.ico")
@pages_per_address
def favicon() -> Any:
    return send_from_directory(str(current_app.static_folder), "logo.svg", mimetype="image/svg+xml")
