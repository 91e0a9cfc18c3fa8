"""Customers' pictures."""

from typing import Any
from uuid import UUID

from flask import Response
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from .. import files
from ..events import commit
from ..forms import redraw
from ..web import Invalid, permitted
from ..web import files as sent_as
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
    return files.send(customer.avatar_id, "picture", customer.avatar_type or "")


@bp.post("/customers/<uuid:id>/picture")
@permitted("customers.edit")
@redraw(edit)
def keep_picture(id: UUID) -> Any:
    customer, sent = Customer.locked(id=id), sent_as("picture", max=1)
    sentence = _("Choose a picture of at most 2 MB: PNG, JPEG, GIF or WebP.")
    if not sent:
        raise Invalid({"picture": sentence})
    kept = files.keep_picture(sent[0], sentence, MOST_BYTES)
    customer.show(kept.id, kept.type)
    commit()
    return saved(id)


@bp.post("/customers/<uuid:id>/picture/removal")
@permitted("customers.edit")
def drop_picture(id: UUID) -> Any:
    Customer.locked(id=id).show(None, None)
    commit()
    return saved(id)
