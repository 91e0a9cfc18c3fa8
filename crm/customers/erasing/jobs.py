"""What is left to do after an erasure: what came at that very moment, and the files."""

from uuid import UUID

from sqlalchemy import func, select

from ...accounts.models import Person
from ...db import db, now
from ...events import Event, later
from ...files import drop
from ...jobs import every
from ...personal import Erasing
from ..fields.naming import lock_who_name
from ..models.erasure import Erasure
from .erase import rows_of, sweep


@later("customer.erased")
def finish_at_once(event: Event) -> None:
    finish(Erasure.locked(id=event.subject_id))


@every(seconds=300)
def finish_what_was_interrupted() -> None:
    for erasure in Erasure.unfinished():
        finish(Erasure.locked(id=erasure.id))


def finish(erasure: Erasure) -> None:
    """Sweep once more, for what was being written meanwhile, and remove the files that a killed process left."""
    if erasure.finished_at:
        return
    lock_who_name("person", erasure.customer_id)
    Person.locked(id=erasure.customer_id)
    db.session.execute(select(func.mark_erased(erasure.customer_id)))
    sweep(Erasing(erasure.customer_id, [], [], rows_of(erasure.customer_id)))
    for id in erasure.files:
        drop(UUID(id))
    erasure.files, erasure.finished_at = [], now()
