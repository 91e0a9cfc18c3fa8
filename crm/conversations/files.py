"""Files of messages: for employees by their session, for customers by a signed link."""

from typing import Any
from uuid import UUID

from flask import abort
from flask_login import current_user

from ..files import link_token, send
from ..tenancy import current_tenant
from ..web import permitted
from .blueprint import bp
from .models import Attachment


@bp.get("/attachments/<uuid:id>")
@permitted("conversations.read")
def attachment(id: UUID) -> Any:
    found = Attachment.find(id=id)
    if found.message.deleted_at or not found.message.conversation.may_be_seen_by(current_user):
        abort(404)
    return send(found.id, found.name, found.type)


def file_url(attachment: Attachment, audience: str = "staff") -> str:
    """Where the file is for this audience, whatever request renders the page it stands on."""
    if audience == "staff":
        return f"{current_tenant.path}/attachments/{attachment.id}"
    return f"/w/{current_tenant.widget_key}/files/{link_token(attachment.id)}"
