"""What is said leaves by its channel, and what became of it on its way comes back to the page."""

from ...events import Event, later
from ...mail import Mail
from ..models import Message
from . import channels


@later("message.outgoing")
def send_answer(event: Event) -> None:
    message: Message | None = event.subject
    if message is not None:
        channels[message.kind].send(message)


@later("mail.delayed", "mail.sent", "mail.failed", "mail.uncertain", "mail.bounced")
def tell_delivery(event: Event) -> None:
    """By what the mail says now, so that it does not matter in which order this is heard."""
    mail: Mail | None = event.subject
    message = Message.first(id=mail.message_uuid) if mail and mail.message_uuid else None
    if mail and message:
        message.on_its_way("delayed" if mail.state in ("queued", "sending") else mail.state, mail.error or "")
