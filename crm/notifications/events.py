"""What the page's head shows, live."""

from typing import Any

from .. import realtime
from ..conversations.topics import employee
from ..events import now
from . import queries
from .kinds import kinds


@now("notification.told")
def show_bell(happened: Any) -> None:
    """The number at the bell, and a sound where the feature it comes from makes none."""
    topic, facts = employee(happened.tenant_id, happened.subject.id), happened.facts
    frame = {"refresh": ["notifications"]} if facts["shown"] else {}
    if facts["aloud"] and kinds[facts["kind"]].sound == "notified":
        frame["signal"] = "notified"  # type: ignore[assignment]
    if frame:
        realtime.publish(topic, frame)


@now("conversation.read")
def show_read(happened: Any) -> None:
    """What was told of a conversation is seen with it, also on their other pages."""
    person = happened.facts["person"]
    if queries.waits_in(happened.subject.id, person):
        realtime.refresh(employee(happened.tenant_id, person), "notifications")


@now("notification.seen")
def show_seen(happened: Any) -> None:
    """On their other pages too."""
    realtime.refresh(employee(happened.tenant_id, happened.subject.id), "notifications")
