"""An import at work: a batch a transaction, in which the place in the file moves together with what was written."""

from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask import g
from sqlalchemy import delete, select

from .. import files
from ..db import Base, db, uuid7
from ..events import commit
from . import batches
from .deciding import Deciding
from .formats.caps import unpack
from .kinds import Importable, importables
from .models import COUNTS, Import, ImportRow
from .preparing import Prepared, Reading
from .rows import batch, bring_together, repeats
from .tying import tie

SHOWN = 5_000  # rows of each outcome that a trial keeps


class Run:
    """What is made once for the batches of one turn of a worker."""

    def __init__(self, one: Import):
        self.path = files.path_of(one.rows_id) if one.rows_id else Path()
        self.kind: Importable = importables[one.kind]
        self.reading = Reading(one, self.kind)
        if one.state == "testing" and not one.position:
            if self.reading.together is not None:
                bring_together(self.path, self.reading.together)
            tie(self.path, self.reading, one.match)
        self.ahead = Ahead(self.path, self.reading)
        self.deciding = Deciding(self.reading, one.mode, one.match, repeats(self.path, self.reading.keys))

    def trial(self, id: UUID) -> bool:
        """A batch of the dry run: everything is written, and nothing of it stays but what is told."""
        one = Import.locked(id=id)
        if one.state != "testing":
            return False
        position, (rows, after) = one.position, self.batch(one)
        batches.write(self.deciding, rows, one.id)
        batches.shown(self.deciding, rows)
        db.session.rollback()
        one = Import.locked(id=id)
        if one.state != "testing" or one.position != position:
            return one.state == "testing"
        if not position:
            db.session.execute(delete(ImportRow).where(ImportRow.import_id == id))
        batches.note(worth_showing(one, rows), id, tried=True)
        return self.count(one, rows, after, "tested")

    def real(self, id: UUID) -> bool:
        one = Import.locked(id=id)
        if one.state != "running":
            return False
        if not one.position:
            db.session.execute(delete(ImportRow).where(ImportRow.import_id == id, ImportRow.tried))
        rows, after = self.batch(one)
        batches.write(self.deciding, rows, one.id)
        batches.note(rows, id, tried=False)
        return self.count(one, rows, after, "done")

    def batch(self, one: Import) -> tuple[list[Prepared], int]:
        rows, after = self.ahead.take(one.position)
        self.deciding.decide(rows)
        return rows, after

    def count(self, one: Import, rows: list[Prepared], after: int, end: str) -> bool:
        """Whether there is more to do."""
        one.count(after, counted(rows))
        if one.done >= one.rows:
            one.end(end)
        commit()
        return one.done < one.rows


class Ahead:
    """Reads a batch while PostgreSQL takes the one before: reading sends no statement."""

    def __init__(self, path: Path, reading: Reading):
        self.path, self.reading = path, reading
        self.worker = ThreadPoolExecutor(1, "reading")
        self.begun: tuple[int, Future[tuple[list[Prepared], int]]] | None = None

    def take(self, position: int) -> tuple[list[Prepared], int]:
        """The rows from there, and where the next ones begin."""
        begun, self.begun = self.begun, None
        rows, after = begun[1].result() if begun and begun[0] == position else self.read(position)
        if rows:
            self.begun = after, self.worker.submit(copy_context().run, self.read, after)
        return rows, after

    def read(self, position: int) -> tuple[list[Prepared], int]:
        found, after = batch(self.path, position, together=self.reading.together)
        return self.reading.prepare(found), after

    def close(self) -> None:
        self.worker.shutdown(cancel_futures=True)


def counted(rows: list[Prepared]) -> dict[str, int]:
    found = dict.fromkeys(COUNTS, 0)
    for row in rows:
        found[row.outcome] += 1
    return found


def worth_showing(one: Import, rows: list[Prepared]) -> list[Prepared]:
    """The first of each outcome: nobody looks at a million rows."""
    left = {name: SHOWN - getattr(one, name) for name in COUNTS}
    kept = []
    for row in rows:
        left[row.outcome] -= 1
        if left[row.outcome] >= 0:
            kept.append(row)
    return kept


def read_file(id: UUID) -> None:
    """In a child with limits, without a lock or a transaction: it may take minutes."""
    one = Import.find(id=id)
    source, rows_id = files.path_of(one.file_id) if one.file_id else Path(), uuid7()
    db.session.commit()
    target = files.path_of(rows_id)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partly = target.with_name(f"{target.name}.{uuid4().hex}")
    about = unpack(source, partly, one.name)
    one = Import.locked(id=id)
    if one.state != "reading" or "problem" in about:
        partly.unlink(missing_ok=True)
    else:
        partly.rename(target)
    if one.state == "reading":
        one.was_read(about, None if "problem" in about else rows_id)
    commit()


def act_for(one: Import) -> None:
    """Who began it is who the audit and the events name."""
    g.actor_id = one.started_by_id
    db.session.commit()


def language_for(one: Import) -> str | None:
    people: Any = Base.metadata.tables["people"].c
    mine = people.tenant_id == one.tenant_id, people.id == one.started_by_id
    return db.session.scalar(select(people.language).where(*mine))
