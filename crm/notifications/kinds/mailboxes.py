"""What mailboxes tell: one is silent."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ...accounts.models import Employee
from ...conversations.models import Mailbox
from ...db import db
from ...events import Event, later
from ..telling import tell
from . import kind


@kind("mailbox_silent", _l("A mailbox cannot be reached"), "alert-triangle", ways=("app", "push", "sound"),
      page="/settings/mailboxes")  # fmt: skip
def say_silent(told: Any) -> str:
    return _("No mails from %(name)s for a quarter of an hour", name=told.facts.get("name", ""))


@later("mailbox.silent")
def tell_owners(event: Event) -> None:
    """Those who get the mail, too; it goes out by itself. One that is back meanwhile, or gone, alarms nobody."""
    mailbox: Mailbox | None = event.subject
    if mailbox is None or mailbox.alarmed_at is None:
        return
    query = select(Employee.id).where(Employee.role == "owner", Employee.deactivated_at.is_(None))
    for id in db.session.scalars(query).all():
        tell("mailbox_silent", id, f"silent:{event.id}", None, name=mailbox.username)
