"""How the chat comes to the tenant's site."""

from typing import Any

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ...events import commit
from ...forms import filled, redraw
from ...tenancy import current_tenant, forget_cached_tenant
from ...web import permitted, read, text
from ..kinds import sites
from ..tenants import change_tenant, rotate_identity_secret
from . import bp
from .workspace import settled


@bp.get("/settings/widget")
@permitted("settings.edit")
def widget(errors: dict[str, str] | None = None) -> Any:
    form = filled(greeting=current_tenant.greeting, allowed_sites="\n".join(current_tenant.allowed_sites))
    shown = {"snippet": snippet(), "identity_secret": current_tenant.identity_secret}
    return render_template("settings/widget.html", form=form, errors=errors, preview_url=preview_url(), **shown)


@bp.post("/settings/widget")
@permitted("settings.edit")
@redraw(widget)
def update_widget() -> Any:
    change_tenant(**read(greeting=text(max=300, optional=True), allowed_sites=sites()))
    return settled("accounts.widget")


@bp.post("/settings/widget/secret")
@permitted("settings.edit")
def rotate_secret() -> Any:
    rotate_identity_secret()
    commit()
    forget_cached_tenant()
    flash(_("There is a new secret. Put it on your server; the old one has stopped working."), "good")
    return redirect(url_for(".widget"), 303)


def preview_url() -> str:
    """The stand-in for the tenant's site, a page of the widget's own side."""
    return current_app.url_map.bind("", script_name=f"/w/{current_tenant.widget_key}").build("widget.preview")


def snippet() -> str:
    address = current_app.config["CRM"].public_url + "/static/widget.js"
    return f'<script src="{address}" data-key="{current_tenant.widget_key}" async></script>'
