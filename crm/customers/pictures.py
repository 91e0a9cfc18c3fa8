"""Customers' pictures."""

from typing import Any
from uuid import UUID

from flask import Response
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from ..events import commit
from ..files import PICTURES, keep, send
from ..forms import redraw
from ..web import Invalid, files, permitted
from .blueprint import bp
from .models import Customer
from .routes import edit, saved

MOST_BYTES = 2 * 1024 * 1024


@bp.get("/customers/<uuid:id>/picture")
@permitted("customers.read")
def picture(id: UUID) -> Response:
    customer = Customer.find(id=id)
    if customer.avatar_id is None:
        raise NotFound()
    return send(customer.avatar_id, "picture", customer.avatar_type or "")


@bp.post("/customers/<uuid:id>/picture")
@permitted("customers.edit")
@redraw(edit)
def keep_picture(id: UUID) -> Any:
    customer, sent = Customer.locked(id=id), files("picture", max=1)
    kept = keep(sent[0]) if sent else None
    if kept is None or kept.type not in PICTURES or kept.size > MOST_BYTES:
        raise Invalid({"picture": _("Choose a picture of at most 2 MB: PNG, JPEG, GIF or WebP.")})
    customer.show(kept.id, kept.type)
    commit()
    return saved(id)


@bp.post("/customers/<uuid:id>/picture/removal")
@permitted("customers.edit")
def drop_picture(id: UUID) -> Any:
    Customer.locked(id=id).show(None, None)
    commit()
    return saved(id)
