"""Making the ZIP in the worker, and taking it away after a week."""

import json
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import select

from ...db import db, now
from ...events import Event, commit, later
from ...files import path_of, shown_name
from ...jobs import every, job
from ..models.person_export import KEPT, PersonExport
from .gather import files_in, tables_about

README = "Everything that is kept about one person: a file of JSON for each kind of record, and the files they sent or were sent.\n"


@later("person_export.asked")
def begin(event: Event) -> None:
    put_together.enqueue(id=str(event.subject_id))


@every(seconds=300)
def put_together_again() -> None:
    """What a killed worker or a lost queue left undone; and what has been there for a week goes."""
    for id in db.session.scalars(select(PersonExport.id).where(PersonExport.state == "asked")).all():
        put_together.enqueue(id=str(id))
    old = PersonExport.state == "ready", PersonExport.finished_at < now() - KEPT
    for export in db.session.scalars(select(PersonExport).where(*old)).all():
        export.end()


@job(queue="imports", seconds=3600)
def put_together(id: str) -> None:
    """Written beside its place and moved there when it is whole; doing it twice makes the same file again."""
    export = PersonExport.find(id=UUID(id))
    if export.state != "asked":
        return
    target = path_of(export.file_id)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = target.with_suffix(".part")
    try:
        with ZipFile(beside, "w", ZIP_DEFLATED) as archive:
            write(export, archive)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    export.finish(target.stat().st_size)


def write(export: PersonExport, archive: ZipFile) -> None:
    """Each table's rows, then the files that they name; how far it has come is told after each table."""
    archive.writestr("README.txt", README)
    export.done = export.files = 0
    kept: dict[UUID, str] = {}
    for name, batches in tables_about(export.customer):
        export.done += write_rows(archive, name, batches, kept)
        commit()  # so that it is seen how far it is
    for file_id, name in kept.items():
        path = path_of(file_id)
        if path.is_file():
            archive.write(path, f"files/{file_id}-{shown_name(name)}")
            export.files += 1
    commit()


def write_rows(archive: ZipFile, name: str, batches: Any, kept: dict[UUID, str]) -> int:
    """Row by row into one list; returns how many. A table without any gets no file."""
    rows: list[dict[str, Any]] = next(batches, [])
    if not rows:
        return 0
    count = 0
    with archive.open(f"{name}.json", "w", force_zip64=True) as file:
        while rows:
            kept.update(files_in(name, rows))
            for row in rows:
                file.write(
                    (",\n" if count else "[\n").encode() + json.dumps(row, ensure_ascii=False, indent=1).encode()
                )
                count += 1
            rows = next(batches, [])
        file.write(b"\n]\n")
    return count
