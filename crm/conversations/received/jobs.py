"""Reading mails in the worker, on a queue of their own: however many come, they hold back nothing else."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from ...db import db, now
from ...events import Event, later
from ...jobs import every, job
from ..models import ReceivedMail
from .receive import settle

AT_ONCE = 500


@later("mail.arrived")
def hand_to_worker(event: Event) -> None:
    mail: ReceivedMail | None = event.subject
    if mail is not None and mail.state == "waiting":
        read_mail.enqueue(id=str(mail.id))


@job(queue="inbound", seconds=60)
def read_mail(id: str) -> None:
    settle(UUID(id))


@every(seconds=60)
def find_waiting_mails() -> None:
    """What a lost Redis or a killed worker left behind, and what could not be read before."""
    query = select(ReceivedMail.id).where(
        ReceivedMail.state == "waiting", ReceivedMail.due < now() - timedelta(minutes=1)
    )
    for id in db.session.scalars(query.order_by(ReceivedMail.due).limit(AT_ONCE)).all():
        read_mail.enqueue(id=str(id))
