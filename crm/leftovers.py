"""Files that no row names: a process was killed between writing one and the commit that would have named it, or between the
commit that let go of one and its removal."""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from time import monotonic
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, exists, func, literal, select

from .db import db, now
from .files import folder_here, path_of
from .jobs import every, job
from .kept_files import namings
from .tenancy import current_tenant

log = logging.getLogger(__name__)

OLD = timedelta(days=1)  # no transaction takes as long: what is younger may be about to be named
AT_A_TIME = 20_000  # a statement reads the tables once for so many
TURN_SECONDS = 60  # then it is the next one's
MOST = 1_000  # in one turn: so many were never left by accidents, and whoever sees it in the log has time to look
FOLDERS = 256
# A plan that is kept for any number of ids expects ten, and compares each with every row: 300,000 files took 141 s instead of 31.
CUSTOM = select(func.set_config("plan_cache_mode", "force_custom_plan", True))
WHOLE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


@every(seconds=24 * 3600)
def look_for_leftovers() -> None:
    sweep_leftovers.enqueue(folder=0)


@job(queue="imports", seconds=1200)
def sweep_leftovers(folder: int) -> None:
    """From this folder of the tenant's on. One that is too full for a turn is finished all the same."""
    began, left, ids = monotonic(), MOST, list[UUID]()
    for number in range(folder, FOLDERS):
        for id in files_in(number):
            ids.append(id)
            if len(ids) >= AT_A_TIME:
                left -= remove_unnamed(ids, left)
                ids.clear()
        if not left:
            break
        if number + 1 < FOLDERS and monotonic() - began > TURN_SECONDS:
            sweep_leftovers.enqueue(folder=number + 1)
            break
    left -= remove_unnamed(ids, left)
    if left < MOST:
        log.warning("Removed files that no row names.", extra={"count": MOST - left})


def files_in(number: int) -> Iterator[UUID]:
    with suppress(FileNotFoundError), os.scandir(folder_here() / f"{number:02x}") as entries:
        yield from (UUID(entry.name) for entry in entries if WHOLE.match(entry.name))


def remove_unnamed(ids: list[UUID], most: int) -> int:
    """Those of the files that no row names, at most so many; returns how many. Their age is read last: what was written
    meanwhile is young."""
    before, removed = (now() - OLD).timestamp(), 0
    db.session.execute(CUSTOM)
    for id in db.session.scalars(unnamed(ids)).all() if ids and most else ():
        with suppress(FileNotFoundError):
            path = path_of(id)
            if removed < most and path.stat().st_mtime < before:
                path.unlink()
                removed += 1
    db.session.commit()
    return removed


def unnamed(ids: list[UUID]) -> Select[UUID]:
    """None at all where the database does not know of which tenant is asked: its tables would seem empty."""
    held = func.unnest(literal(ids, ARRAY(Uuid))).table_valued("id", name="held").render_derived()
    here = func.current_setting("app.tenant_id", True) == str(current_tenant.id)
    rows = (naming.where().subquery() for naming in namings())
    return select(held.c.id).where(here, *(~exists().where(row.c.id == held.c.id) for row in rows))
