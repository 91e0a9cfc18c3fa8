"""Erasing in the worker, and what is left to do after it: what came at that very moment, and the files."""

from uuid import UUID

from sqlalchemy import func, select

from ...accounts.models import Person
from ...db import db, now
from ...events import Event, commit, later
from ...files import drop
from ...jobs import every, job
from ...personal import Erasing
from ..errands import hand_over_again, see_to
from ..fields.naming import lock_who_name
from ..handing_out.gather import walked
from ..models import Customer, ids_of
from ..models.erasure import Erasure
from .erase import erase, rows_of, sweep


@later("erasure.asked")
def begin(event: Event) -> None:
    erase_person.enqueue(id=str(event.subject_id))


@every(seconds=30)
def erase_again() -> None:
    hand_over_again(Erasure, erase_person)


@job(queue="imports", seconds=3600)
def erase_person(id: str) -> None:
    see_to(Erasure, UUID(id), count_and_erase)


def count_and_erase(erasure: Erasure) -> None:
    """How much there is to do is told first. The erasing is one transaction: of what a killed worker had begun nothing happened."""
    customer = Customer.find(id=erasure.customer_id)
    erasure.counts = {name: len(ids) for name, ids in walked({"people": set(ids_of(customer))}, whole=True)}
    commit()
    asked = Erasure.to_do(erasure.id)
    if asked is not None:
        erase(asked)


@later("customer.erased")
def finish_at_once(event: Event) -> None:
    finish_erasure.enqueue(id=str(event.subject_id))


@every(seconds=300)
def finish_what_was_interrupted() -> None:
    for erasure in Erasure.unfinished():
        finish_erasure.enqueue(id=str(erasure.id))


@job(queue="imports", seconds=3600)
def finish_erasure(id: str) -> None:
    """Sweep once more, for what was being written meanwhile, and remove the files that a killed process left."""
    erasure = Erasure.locked(id=UUID(id))
    if erasure.finished_at:
        return
    lock_who_name("person", erasure.customer_id)
    Person.locked(id=erasure.customer_id)
    db.session.execute(select(func.mark_erased(erasure.customer_id)))
    sweep(Erasing(erasure.customer_id, [], [], rows_of(erasure.customer_id)))
    for id in erasure.files:
        drop(UUID(id))
    erasure.files, erasure.finished_at = [], now()
