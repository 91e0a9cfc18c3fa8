"""Chat, in the widget and in the portal."""

from flask_babel import lazy_gettext as _l

from ..models import Message
from . import channel


@channel("chat", icon="message-circle", word=_l("Chat"))
def send(message: Message) -> None:
    """Nothing: what is pushed to the open page, or asked for by it, has arrived."""
