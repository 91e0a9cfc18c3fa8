"""Imports in the worker, on a queue of their own: a minute each, then it is the next one's, if one waits."""

import logging
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from uuid import UUID

from sqlalchemy import select

from ..db import db, now
from ..events import Event, commit, later
from ..files import sweep_unfinished
from ..jobs import every, job
from ..locale import LANGUAGES
from ..templating import speaking
from ..tenancy import current_tenant
from .models import REMOVABLE, WORKING, Import
from .running import Run, act_for, language_for, read_file
from .undoing import take_back

log = logging.getLogger(__name__)

TURN_SECONDS = 900  # of the 1,200 that a job may take
FAIR_SECONDS = 60  # when others wait; a turn begins with a look through the whole file
KEPT, UNFINISHED = timedelta(days=30), timedelta(days=7)


@later("import.asked")
def hand_to_worker(event: Event) -> None:
    go_on.enqueue(id=str(event.subject_id))


@job(queue="imports", seconds=1200)
def go_on(id: str) -> None:
    """Do what the import's state asks for. What a killed worker had begun of a batch never happened."""
    one = Import.first(id=UUID(id))
    if one is None or not one.works:
        return
    act_for(one)
    language = one.about.get("language") or language_for(one) or current_tenant.language
    with speaking(language if language in LANGUAGES else current_tenant.language):
        if work(one.id, one.state):
            go_on.enqueue(id=id)


def work(id: UUID, state: str) -> bool:
    """Whether there is more to do after this turn."""
    began = monotonic()
    if state == "reading":
        read_file(id)
        return False
    if state == "undoing":
        return repeat(take_back, id, began)
    turn = Run(Import.find(id=id))
    try:
        return repeat(turn.trial if state == "testing" else turn.real, id, began)
    finally:
        turn.ahead.close()


def repeat(step: Callable[[UUID], bool], id: UUID, began: float) -> bool:
    while step(id):
        spent = monotonic() - began
        if spent > TURN_SECONDS or (spent > FAIR_SECONDS and go_on.others_wait()):
            return True
    return False


@every(seconds=30)
def find_lost_imports() -> None:
    """What a killed worker or a lost Redis left behind."""
    query = select(Import).where(Import.state.in_(WORKING), Import.due < now())
    for one in db.session.scalars(query).all():
        go_on.enqueue(id=str(one.id))


@every(seconds=3600)
def let_go_of_files() -> None:
    """Files with everybody's addresses are not kept for ever, and what nobody let happen is not kept for long."""
    begun = select(Import).where(Import.state.in_(REMOVABLE), Import.due < now() - UNFINISHED)
    for one in db.session.scalars(begun.limit(100).with_for_update(skip_locked=True)).all():
        one.remove()
    commit()
    old = now() - KEPT
    query = select(Import).where(Import.created_at < old, Import.emptied_at.is_(None), Import.state.not_in(WORKING))
    for one in db.session.scalars(query.limit(100).with_for_update(skip_locked=True)).all():
        one.empty()


@every(seconds=24 * 3600)
def let_go_of_halves() -> None:
    """What a worker was making of a file when it was killed; no job takes as long."""
    sweep_unfinished(timedelta(hours=1))
