"""Imports, and what became of each of their rows."""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Index, Table, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from .. import files
from ..db import Record, db, now, reference
from ..events import record
from ..kept_files import names_file
from ..personal import only_staff
from ..web import Refused
from .kinds import guards, importables

MODES = {"both": _l("Create new ones and update those that are there"), "create": _l("Only create new ones"),
         "update": _l("Only update those that are there")}  # fmt: skip
WORKING = ("reading", "testing", "running", "undoing")  # states in which a worker has something to do
REMOVABLE = ("unreadable", "mapping", "tested")  # in which nothing came of it yet
STATES = (*WORKING, "unreadable", "mapping", "tested", "paused", "done", "undone")
COUNTS = ("created", "updated", "unchanged", "left_out", "refused", "joined")
PATIENCE = timedelta(seconds=60)  # after which a worker that says nothing is taken for dead


class NotNow(Refused):
    description = _l("The import has gone on in the meantime. Load the page again and look.")


class Import(Record):
    """A file of records on its way in.

    `about` is what reading found: {headings, samples, encoding, …}, or {problem, facts}. `mapping` is {column: field}.
    `position` is where in the file of plain rows (`rows_id`) the next batch begins; it moves together with what the batch
    wrote. `due` is when a worker that says nothing has lost it.
    """

    __tablename__ = "imports"
    __table_args__ = (
        reference("people", "started_by_id"),
        CheckConstraint(f"state in {STATES}", name="state"),
        Index("ix_imports_like", "tenant_id", "kind", "headings_hash", "id"),
    )

    kind: Mapped[str]
    name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(default="reading")
    started_by_id: Mapped[UUID | None]
    file_id: Mapped[UUID | None]
    rows_id: Mapped[UUID | None]
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    headings_hash: Mapped[str] = mapped_column(default="")
    mapping: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    mode: Mapped[str] = mapped_column(default="both")
    match: Mapped[str] = mapped_column(default="")
    clears: Mapped[bool] = mapped_column(default=False)
    rows: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(BigInteger, default=0)
    done: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    joined: Mapped[int] = mapped_column(default=0, server_default="0")
    taken_back: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
    due: Mapped[datetime] = mapped_column(default=now)
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    emptied_at: Mapped[datetime | None]

    @property
    def headings(self) -> list[str]:
        return list(self.about.get("headings", ()))

    @property
    def works(self) -> bool:
        return self.state in WORKING

    @property
    def can_be_undone(self) -> bool:
        return self.state in ("done", "paused") and bool(self.created + self.updated) and self.began_at is not None

    @classmethod
    def at_work(cls, table: Table) -> bool:
        """Whether one writes records of this table right now, or tries to."""
        kinds = [name for name, one in importables.items() if one.table is table]
        query = select(cls.id).where(cls.kind.in_(kinds), cls.state.in_(("testing", "running", "undoing")))
        return db.session.scalar(query.limit(1)) is not None

    @classmethod
    def begin(cls, kind: str, kept: files.Kept, by: Any) -> "Import":
        """Have the worker read a file that was kept."""
        begun = cls(kind=kind, name=kept.name, size=kept.size, file_id=kept.id, started_by_id=by.id).save()
        begun.ask()
        return begun

    def ask(self) -> None:
        """Hand over to the worker, who says what it has to say in the language of the page on which it was asked. Raises
        Refused when something else is at work on the records."""
        for guard in guards if self.state != "reading" else ():
            guard(importables[self.kind])
        self.due = now() + PATIENCE
        self.about = {**(self.about or {}), "language": str(get_locale())}
        record("import.asked", self, state=self.state)

    def was_read(self, about: dict[str, Any], rows_id: UUID | None) -> None:
        """From here on the file of plain rows alone is needed."""
        self.about, self.rows, self.rows_id = about, about.get("rows", 0), rows_id
        if self.file_id and self.file_id != rows_id:
            files.drop(self.file_id)
        self.file_id = None
        self.headings_hash = hash_of(self.headings)
        self.state = "mapping" if rows_id else "unreadable"
        record("import.read", self, state=self.state)

    def map(self, mapping: dict[str, str], mode: str, match: str, clears: bool) -> None:
        """Say which column is what, and have it tried. Raises NotNow."""
        self.expect("mapping", "tested")
        self.mapping, self.mode, self.match, self.clears = mapping, mode, match, clears
        self.state = "testing"
        self.rewind()
        self.ask()

    def change_mapping(self) -> None:
        """Also ends a trial that still goes on."""
        if self.state != "mapping":
            self.expect("testing", "tested")
            self.state = "mapping"

    def run(self) -> None:
        """Do what was tried, or go on with it. A second time it does nothing."""
        if self.state != "running":
            self.expect("tested", "paused")
            if self.rows_id is None:
                raise NotNow(_("The file of this import was let go of. Send it again."))
            if self.state == "tested":
                self.rewind()
                self.began_at = now()
            self.state = "running"
            self.ask()

    def remove(self) -> None:
        """Of what nobody let happen nothing needs to stay. Raises NotNow."""
        self.expect(*REMOVABLE)
        self.empty()
        db.session.delete(self)

    def pause(self) -> None:
        if self.state != "paused":
            self.expect("running")
            self.state = "paused"

    def undo(self) -> None:
        """Take everything back that nobody changed since. A second time it does nothing."""
        if self.state != "undoing":
            if not self.can_be_undone:
                raise NotNow(_("There is nothing to take back."))
            self.state, self.undone_at = "undoing", now()
            self.ask()

    def rewind(self) -> None:
        self.position, self.done = 0, 0
        for name in COUNTS:
            setattr(self, name, 0)

    def expect(self, *states: str) -> None:
        if self.state not in states:
            raise NotNow()

    def count(self, position: int, found: dict[str, int]) -> None:
        """What a batch came to."""
        self.position, self.done = position, self.done + sum(found.values())
        for name, number in found.items():
            setattr(self, name, getattr(self, name) + number)
        self.due = now() + PATIENCE

    def end(self, state: str) -> None:
        self.state = state
        if state in ("done", "undone"):
            self.ended_at = now()
        record(f"import.{state}", self, **{name: getattr(self, name) for name in COUNTS})

    def empty(self) -> None:
        """Let go of the files; what became of the rows stays."""
        for id in (self.file_id, self.rows_id):
            if id:
                files.drop(id)
        self.file_id = self.rows_id = None
        self.emptied_at = now()

    def like_this(self) -> "Import | None":
        """The last one with the same headings that somebody mapped."""
        query = select(Import).where(Import.kind == self.kind, Import.headings_hash == self.headings_hash)
        query = query.where(Import.id != self.id, Import.mapping.is_not(None))
        return db.session.scalars(query.order_by(Import.id.desc()).limit(1)).first()


class ImportRow(Record):
    """What became of a row, or in a trial would: `changes` is {field: [before, after]}, for a new record without `before`
    and only in a trial. `undone` says what taking it back came to."""

    __tablename__ = "import_rows"
    __table_args__ = (
        reference("imports", "import_id", ondelete="CASCADE"),
        Index("ix_import_rows_number", "tenant_id", "import_id", "outcome", "number"),
    )

    import_id: Mapped[UUID]
    number: Mapped[int]
    outcome: Mapped[str]
    tried: Mapped[bool]
    record_id: Mapped[UUID | None]
    changes: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    sentence: Mapped[str] = mapped_column(default="", server_default="")
    undone: Mapped[str | None]


def hash_of(headings: list[str]) -> str:
    """The same for the same headings in any order."""
    plain = sorted(heading.strip().lower() for heading in headings)
    return hashlib.sha256("\x1f".join(plain).encode()).hexdigest() if plain else ""


only_staff("imports.started_by_id")
names_file("imports", "file_id", "rows_id")
