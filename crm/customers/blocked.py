"""Who is blocked as spam, all of them, and letting somebody in again."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from ..events import commit
from ..paging import page
from ..web import permitted
from .blueprint import bp
from .models import Customer


@bp.get("/settings/blocked")
@permitted("customers.block")
def blocked() -> Any:
    found = page(select(Customer).where(Customer.blocked_at.is_not(None)), Customer.blocked_at, Customer.id)
    return render_template("settings/blocked.html", page=found)


@bp.post("/settings/blocked/<uuid:id>/removal")
@permitted("customers.block")
def let_in(id: UUID) -> Any:
    customer = Customer.locked(id=id)
    customer.unblock()
    commit()
    flash(_("%(name)s may write again.", name=customer.shown_name), "good")
    return redirect(url_for(".blocked"), 303)
