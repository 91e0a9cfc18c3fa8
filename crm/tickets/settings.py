"""What tickets do by themselves, as a tenant sets it: of which statuses customers hear by e-mail."""

from typing import Any

from flask import render_template

from ..accounts.routes.workspace import settled
from ..accounts.tenants import change_tenant
from ..forms import filled, redraw
from ..tenancy import current_tenant
from ..web import choices, permitted, read
from .blueprint import bp
from .models import STATUSES
from .words import CASE_WORDS


@bp.get("/settings/tickets")
@permitted("settings.edit")
def edit_settings(errors: dict[str, str] | None = None) -> Any:
    chosen = current_tenant.notify_statuses
    form = filled(statuses=list(STATUSES) if chosen is None else chosen)
    return render_template("settings/tickets.html", form=form, errors=errors, words=CASE_WORDS)


@bp.post("/settings/tickets")
@permitted("settings.edit")
@redraw(edit_settings)
def save_settings() -> Any:
    change_tenant(notify_statuses=read(statuses=choices(*STATUSES))["statuses"])
    return settled("tickets.edit_settings")
