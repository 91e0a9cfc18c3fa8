"""Making the ZIP in the worker, and taking it away after a day."""

import json
from shutil import copyfileobj
from tempfile import TemporaryFile
from time import monotonic
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import func, select
from werkzeug.exceptions import NotFound

from ...db import db, now
from ...events import Event, commit, later
from ...files import path_of, shown_name
from ...jobs import every, job
from ..errands import hand_over_again, see_to
from ..models.errand import PATIENCE
from ..models.person_export import KEPT, PersonExport
from .gather import files_in, tables_about
from .readme import readme

TELLING = 1  # a second between two words about how far it is


@later("person_export.asked")
def begin(event: Event) -> None:
    put_together.enqueue(id=str(event.subject_id))


@every(seconds=60)
def put_together_again() -> None:
    """What was interrupted; and what has been there for a day goes."""
    hand_over_again(PersonExport, put_together)
    ended = func.coalesce(PersonExport.finished_at, PersonExport.due)
    old = PersonExport.state.in_(("ready", "failed")), ended < now() - KEPT
    for export in db.session.scalars(select(PersonExport).where(*old)).all():
        export.end()


@job(queue="imports", seconds=3600)
def put_together(id: str) -> None:
    see_to(PersonExport, UUID(id), make)


def make(export: PersonExport) -> None:
    """Written without a name, so that a killed worker leaves nothing behind, and kept when it is whole and still wanted: of
    somebody who was erased meanwhile nothing is left."""
    target = path_of(export.file_id)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryFile(dir=target.parent) as nameless:
        with ZipFile(nameless, "w", ZIP_DEFLATED) as archive:
            files = Writing(export, archive).write()
        asked = still(export.id)
        nameless.seek(0)
        with target.open("wb") as file:
            copyfileobj(nameless, file)
        asked.files = files
        asked.finish(target.stat().st_size)
        commit()


def still(id: UUID) -> PersonExport:
    """Under its lock. Raises NotFound for one that is not wanted any more."""
    export = PersonExport.to_do(id)
    if export is None:
        raise NotFound()
    return export


def dated(name: str) -> ZipInfo:
    """Without it a file says that it is of 1980."""
    info = ZipInfo(name, now().timetuple()[:6])
    info.compress_type = ZIP_DEFLATED
    return info


class Writing:
    """Each table's rows, then the files that they name; how far it is is told every second."""

    def __init__(self, export: PersonExport, archive: ZipFile):
        self.id, self.customer, self.archive = export.id, export.customer, archive
        self.kept: dict[UUID, str] = {}
        self.counts: dict[str, int] = {}
        self.done, self.told = 0, monotonic()

    def write(self) -> int:
        """Returns how many kept files it holds."""
        for name, batches in tables_about(self.customer):
            self.write_rows(name, batches)
        self.tell()
        files = sum(self.write_file(id, name) for id, name in self.kept.items())
        self.archive.writestr("README.txt", readme(self.customer, self.counts, files))
        return files

    def write_rows(self, name: str, batches: Any) -> None:
        """Row by row into one list. A table without any gets no file."""
        rows: list[dict[str, Any]] = next(batches, [])
        if not rows:
            return
        between = "[\n"
        with self.archive.open(dated(f"{name}.json"), "w", force_zip64=True) as file:
            while rows:
                self.kept.update(files_in(name, rows))
                for row in rows:
                    file.write((between + json.dumps(row, ensure_ascii=False, indent=1)).encode())
                    between = ",\n"
                self.count(name, len(rows))
                rows = next(batches, [])
            file.write(b"\n]\n")

    def write_file(self, id: UUID, name: str) -> bool:
        path = path_of(id)
        if path.is_file():
            self.archive.write(path, f"files/{id}-{shown_name(name)}")
        self.tell_now_and_then()
        return path.is_file()

    def count(self, name: str, rows: int) -> None:
        self.done += rows
        self.counts[name] = self.counts.get(name, 0) + rows
        self.tell_now_and_then()

    def tell_now_and_then(self) -> None:
        """Who says nothing for long is taken for dead, and another begins anew."""
        if monotonic() - self.told > TELLING:
            self.tell()

    def tell(self) -> None:
        export = still(self.id)
        export.done, export.due = self.done, now() + PATIENCE
        commit()
        self.told = monotonic()
