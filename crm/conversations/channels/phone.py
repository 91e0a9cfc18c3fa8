"""Telephone: a conversation is one call. Nothing is written to the other side; what was said stands in notes."""

from flask_babel import lazy_gettext as _l

from ..models import Message
from . import channel


@channel("phone", icon="phone", word=_l("Phone"), sends=True, may_reply=lambda conversation: False, written=False)
def send(message: Message) -> None:
    """Nothing: it was spoken."""
