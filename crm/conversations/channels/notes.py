"""Notes: a conversation among colleagues about a piece of work, with nobody at the other end. Only notes stand in it."""

from flask_babel import lazy_gettext as _l

from ..models import Message
from . import channel


@channel("notes", icon="lock", word=_l("Notes"), may_reply=lambda conversation: False, written=False)
def send(message: Message) -> None:
    """Nothing: nobody is written to."""
