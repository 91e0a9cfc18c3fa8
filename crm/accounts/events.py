"""What accounts do when something happened."""

from ..events import Event, later
from .resets import mail_reset


@later("password.forgotten")
def send_reset_link(event: Event) -> None:
    """In the worker, so that asking takes the same time for known and unknown addresses."""
    if event.subject is not None:
        mail_reset(event.subject)
