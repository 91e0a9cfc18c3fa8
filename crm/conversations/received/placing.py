"""In which conversation a mail belongs, asked of the database; what decides is channels/email_in/thread.py."""

from dataclasses import replace

from flask import current_app

from ...accounts.models import Department
from ...db import db
from ...tenancy import current_tenant
from ..channels.email_in.parsed import Parsed
from ..channels.email_in.thread import Known, Place, named, place
from ..models import ReceivedMail
from .queries import HERE, KNOWN_AMONG


def place_of(mail: ReceivedMail, parsed: Parsed) -> Place:
    """A signed address of a conversation that is no more leads nowhere."""
    reached = (mail.recipient, *parsed.delivered_to) if mail.recipient else parsed.delivered_to
    names = named(replace(parsed, delivered_to=reached), current_app.config["CRM"].secret_key, current_tenant.id)
    if names.conversations:
        here = set(db.session.scalars(HERE, {"ids": names.conversations}).all())
        names = replace(names, conversations=tuple(id for id in names.conversations if id in here))
    return place(names, parsed.sender.address, known_among(names.message_ids, parsed.sender.address))


def known_among(message_ids: tuple[str, ...], sender: str) -> dict[str, Known]:
    """Of these Message-IDs those that we know, and whether the sender's address takes part where they are."""
    if not message_ids:
        return {}
    found = db.session.execute(KNOWN_AMONG, {"names": message_ids, "address": sender}).all()
    return {name: Known(id, frozenset({sender} if takes_part else ())) for name, id, takes_part in found}


def department_for(mail: ReceivedMail, parsed: Parsed) -> Department | None:
    """Whose mailbox it was, else whose address stands in it, else the first."""
    open_ones = Department.open_ones()
    written = [mail.recipient, *parsed.delivered_to, *(person.address for person in (*parsed.to, *parsed.cc))]
    mine = [one for one in open_ones if one.id == mail.department_id]
    named_ones = [one for address in written for one in open_ones if address and one.address == address]
    return next(iter([*mine, *named_ones, *open_ones]), None)
