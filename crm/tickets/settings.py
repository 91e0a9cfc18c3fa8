"""What tickets do by themselves, as a tenant sets it: when solved ones close, and of which statuses customers hear by e-mail."""

from typing import Any

from flask import render_template

from ..accounts.routes.workspace import settled
from ..accounts.tenants import change_tenant
from ..forms import filled, redraw
from ..tenancy import current_tenant
from ..web import choices, integer, permitted, read
from .blueprint import bp
from .models import STATUSES
from .words import CASE_WORDS

LONGEST_DAYS = 90


@bp.get("/settings/tickets")
@permitted("settings.edit")
def edit_settings(errors: dict[str, str] | None = None) -> Any:
    chosen = current_tenant.notify_statuses
    statuses = list(STATUSES) if chosen is None else chosen
    form = filled(statuses=statuses, close_days=current_tenant.ticket_close_days)
    return render_template("settings/tickets.html", form=form, errors=errors, words=CASE_WORDS)


@bp.post("/settings/tickets")
@permitted("settings.edit")
@redraw(edit_settings)
def save_settings() -> Any:
    fields = read(statuses=choices(*STATUSES), close_days=integer(0, LONGEST_DAYS))
    change_tenant(notify_statuses=fields["statuses"], ticket_close_days=fields["close_days"])
    return settled("tickets.edit_settings")
