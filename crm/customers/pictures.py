"""Customers' pictures."""

from uuid import UUID

from flask import Response
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from .. import files
from ..web import checkbox, permitted, read
from ..web import files as sent_as
from .blueprint import bp
from .models import Customer

MOST_BYTES = 2 * 1024 * 1024


@bp.get("/customers/<uuid:id>/picture")
@permitted("customers.read")
def picture(id: UUID) -> Response:
    customer = Customer.find(id=id)
    if customer.avatar_id is None:
        raise NotFound()
    return files.send(customer.avatar_id, "picture", customer.avatar_type or "")


def keep_sent_picture(customer: Customer) -> None:
    """A new picture takes the old one's place; ticking “initials” leaves none. Raises Invalid for what is no picture."""
    wanted, sent = read(no_picture=checkbox()), sent_as("picture", max=1)
    if sent:
        sentence = _("Choose a picture of at most 2 MB: PNG, JPEG, GIF or WebP.")
        kept = files.keep_picture(sent[0], sentence, MOST_BYTES)
        customer.show(kept.id, kept.type)
    elif wanted["no_picture"] and customer.avatar_id:
        customer.show(None, None)
