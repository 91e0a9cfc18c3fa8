"""Looking through all customers and companies every night, and when somebody asks for it."""

from uuid import UUID

from sqlalchemy import select

from ...db import db
from ...events import Event, later
from ...jobs import every, job
from ..models import Company, Customer
from ..models.duplicate import DuplicateSearch
from .search import look_through


@every(seconds=24 * 3600)
def look_for_duplicates() -> None:
    if any(db.session.scalar(select(model.id).limit(1)) for model in (Customer, Company)):
        DuplicateSearch.ask()


@every(seconds=600)
def look_again() -> None:
    """What a killed worker or a lost queue left undone."""
    for id in db.session.scalars(select(DuplicateSearch.id).where(DuplicateSearch.finished_at.is_(None))).all():
        find_duplicates.enqueue(id=str(id))


@later("duplicates.wanted")
def begin(event: Event) -> None:
    find_duplicates.enqueue(id=str(event.subject_id))


@job(queue="imports", seconds=3600)
def find_duplicates(id: str) -> None:
    """Two at once take turns, and the second has nothing to do."""
    search = DuplicateSearch.locked(id=UUID(id))
    if search.finished_at is None:
        look_through(search)
