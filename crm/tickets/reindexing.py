"""Writing the search's entries anew after the workspace has changed its language, a batch at a time."""

from time import monotonic
from typing import Any
from uuid import UUID

from flask import render_template
from sqlalchemy import delete, func, select, update

from ..conversations.models import Message
from ..db import db, now
from ..events import commit
from ..jobs import every
from ..registry import panel
from ..tenancy import current_tenant
from ..web import permitted
from .blueprint import bp
from .indexing import BATCH, SECONDS, config, first_id, learn_words
from .models import Ticket
from .models.search import SearchEntry, SearchMark, SearchWord

BEGINNING = UUID(int=0)
SAID = {"message": (Message, Message.body), "ticket": (Ticket, Ticket.subject)}


@every(seconds=5)
def write_anew() -> None:
    """How far it came is kept after each batch. Who changes the language again meanwhile begins again."""
    mark = SearchMark.first()
    if mark is None:
        return
    if mark.language != current_tenant.language:
        begin(mark)
    until = monotonic() + SECONDS
    while mark.anew_to is not None and monotonic() < until:
        go_on(mark, mark.anew_to)
        commit()


def begin(mark: SearchMark) -> None:
    """What was taken in before anybody wrote down in which language is in today's."""
    if mark.language is not None:
        mark.anew_since, mark.anew_to, mark.anew = now(), BEGINNING, 0
    mark.language = current_tenant.language


def go_on(mark: SearchMark, after: UUID) -> None:
    query = select(SearchEntry.id).where(SearchEntry.id > after).order_by(SearchEntry.id).limit(BATCH)
    ids = list(db.session.scalars(query).all())
    for kind in SAID:
        rewrite(kind, ids)
    if ids:
        learn_words(ids)
    mark.anew, mark.anew_to = mark.anew + len(ids), ids[-1] if len(ids) == BATCH else None
    if mark.anew_to is None:
        forget_words(mark)


def rewrite(kind: str, ids: list[UUID]) -> None:
    about, words = SAID[kind]
    entry, there, mine = SearchEntry.__table__, about.__table__, current_tenant.id
    here = entry.c.tenant_id == mine, there.c.tenant_id == mine, there.c.id == entry.c.id
    query = update(entry).where(*here, entry.c.kind == kind, entry.c.id.in_(ids))
    db.session.execute(query.values(words=func.to_tsvector(config(), there.c[words.key])))


def forget_words(mark: SearchMark) -> None:
    """Those that no entry has in the new language."""
    assert mark.anew_since
    db.session.execute(delete(SearchWord).where(SearchWord.id < first_id(mark.anew_since)))
    mark.anew_since = None


@panel("workspace")
def search_panel(_tenant: Any) -> str | None:
    """Beside the choice of the language: how far the search is with it."""
    mark = SearchMark.first()
    waits = mark is not None and mark.language not in (None, current_tenant.language)
    if mark is None or not (waits or mark.anew_since):
        return None
    return render_template("settings/_search_language.html", mark=mark, done=0 if waits else mark.anew)


@bp.get("/settings/search")
@permitted("settings.edit")
def search_state() -> str:
    """The same, asked again while it goes on; nothing when it is done."""
    return search_panel(None) or ""
