"""What the worker and the clock do, at once."""

from datetime import timedelta

from sqlalchemy import select, update

from crm import relay
from crm.conversations.models import Conversation
from crm.db import db, now
from crm.events import Outbox
from crm.notifications import jobs
from crm.notifications.kinds.conversations import tell_unread
from crm.notifications.models import Notification
from tests import make


def hours_around_now() -> tuple[str, str]:
    """By the clock of UTC; they neither begin nor end while a test lasts. From 00:00 to 23:59 leaves out the last minute."""
    return f"{now() - timedelta(hours=6):%H:%M}", f"{now() + timedelta(hours=6):%H:%M}"


def relayed() -> None:
    """The outbox's reactions have run; the rows stay, and a second time they run again."""
    with make.state.app.app_context():
        rows = db.session.execute(select(Outbox.tenant_id, Outbox.event_id).order_by(Outbox.event_id)).all()
        assert all(relay.reacted(*row) for row in rows)


def told(person) -> list[Notification]:
    relayed()
    with make.inside():
        query = select(Notification).where(Notification.person_id == person.id).order_by(Notification.id)
        return list(db.session.scalars(query).all())


def kinds(person) -> list[str]:
    return [one.kind for one in told(person)]


def later(minutes: int) -> None:
    """So many minutes pass for what waits to be mailed."""
    with make.inside():
        moved = {"mail_due_at": Notification.mail_due_at - timedelta(minutes=minutes),
                 "mailed_at": Notification.mailed_at - timedelta(minutes=minutes)}  # fmt: skip
        db.session.execute(update(Notification).values(moved))


def mails() -> None:
    with make.inside():
        jobs.mail_unseen()


def customer_waits(conversation, minutes: int = 3) -> None:
    """The customer's last words are so old, and the clock comes round."""
    with make.inside():
        Conversation.find(id=conversation.id).last_message_at = now() - timedelta(minutes=minutes)
    with make.inside():
        tell_unread()
