"""Doing in the worker what takes longer than a page may."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import g
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from ..accounts.models import Person
from ..db import db, now
from ..events import commit
from ..jobs import Job
from ..locale import language_of
from ..templating import speaking
from ..web import Refused
from .models.errand import PATIENCE, Errand

log = logging.getLogger(__name__)


def see_to(kind: type[Errand], id: UUID, work: Callable[[Any], None]) -> None:
    """Do it, in transactions of its own. What is refused is said to whoever asked; what breaks is tried again: by the queue at
    once, by the clock when the worker was killed."""
    errand = begin(kind, id)
    if errand is None:
        return
    with speaking(language_of(Person.first(id=errand.asker_id))):
        try:
            work(errand)
            commit()
        except HTTPException as refused:
            db.session.rollback()
            give_up(kind, id, refused)


def begin(kind: type[Errand], id: UUID) -> Any:
    errand = kind.to_do(id)
    if errand is None:
        return None
    begun = errand.attempt()
    if not begun:
        log.error("Given up after several tries.", extra={"errand": str(id)})
    g.actor_id = errand.asker_id
    commit()
    return errand if begun else None


def give_up(kind: type[Errand], id: UUID, refused: HTTPException) -> None:
    errand = kind.to_do(id)
    if errand is not None:
        errand.fail(sentence(refused))
    commit()


def sentence(refused: HTTPException) -> str:
    if isinstance(refused, Refused) and refused.description:
        return str(refused.description)
    return _("They are not there any more: somebody erased them, or made them a part of somebody else.")


def hand_over_again(kind: type[Errand], job: Job) -> None:
    """What a killed worker or a lost queue left undone."""
    for errand in kind.lost():
        errand.due = now() + PATIENCE
        job.enqueue(id=str(errand.id))
