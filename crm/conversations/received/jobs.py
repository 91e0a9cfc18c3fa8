"""Reading mails in the worker, on a queue of their own: however many come, they hold back nothing else."""

from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import select

from ...db import db, end_reading, now
from ...events import Event, later, record
from ...events import now as at_once
from ...jobs import every, job
from ..models import ReceivedMail
from .receive import settle

MOST, SECONDS = 200, 20


@at_once("mail.arrived")
def wake_reader(happened: Any) -> None:
    """What waits stands in its own table. Without Redis the outbox wakes the reader as soon as it is back."""
    if not read_mails.wake():
        record("mail.waits", happened.subject)
        db.session.commit()


@later("mail.waits")
def wake_reader_again(_: Event) -> None:
    read_mails.enqueue()


@job(queue="inbound", seconds=60)
def read_mails() -> None:
    """As many as are read in some seconds: then other workspaces have their turn."""
    found, read, began = waiting(now()), 0, monotonic()
    while read < len(found) and monotonic() - began < SECONDS:
        settle(found[read])
        read += 1
    if read < len(found) or read == MOST:
        read_mails.enqueue()


@every(seconds=60)
def find_waiting_mails() -> None:
    """What a lost Redis or a killed worker left behind, and what could not be read before."""
    if waiting(now() - timedelta(minutes=1)):
        read_mails.enqueue()


def waiting(until: datetime) -> list[UUID]:
    query = select(ReceivedMail.id).where(ReceivedMail.state == "waiting", ReceivedMail.due < until)
    ids = list(db.session.scalars(query.order_by(ReceivedMail.due).limit(MOST)).all())
    end_reading()  # each mail has a transaction of its own
    return ids
