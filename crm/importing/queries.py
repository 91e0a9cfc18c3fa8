"""What the pages of an import show: its columns with what they may be, and what became of its rows."""

import csv
import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from .. import files
from ..db import db, end_reading
from ..forms import filled
from ..paging import page
from ..tenancy import current_tenant
from .formats.found import is_formula
from .guessing import by_name, lacking, suggested, usual_match
from .kinds import Importable
from .models import Import, ImportRow
from .rows import all_rows

AT_ONCE = 64 * 1024  # characters of an answer


def shown(one: Import, kind: Importable) -> dict[str, Any]:
    """For the page on which columns are mapped."""
    mapping, source = (one.mapping, "") if one.mapping else suggested(kind, one)
    fields, named = [field for field in kind.fields() if field.offered], dict[str, str]()
    by_name(named, one.headings, fields)
    fields = [field for field in fields if not field.rare or field.name in (*mapping.values(), *named.values())]
    how = how_done(kind, one, mapping, source)
    columns = {f"column_{place}": mapping.get(heading, "") for place, heading in enumerate(one.headings)}
    keys = [(field, lacking(one, mapping, field.name)) for field in fields if field.name in (*kind.keys, *kind.finders)]
    return {"one": one, "kind": kind, "columns": columns_of(one), "form": filled(**columns, **how), "source": source,
            "fields": fields, "keys": keys}  # fmt: skip


def columns_of(one: Import) -> list[dict[str, Any]]:
    """Each with some of its values, and how many rows have none."""
    nothing = [()] * len(one.headings), [0] * len(one.headings)
    samples, gaps = one.about.get("samples") or nothing[0], one.about.get("gaps") or nothing[1]
    return [{"place": place, "heading": heading, "samples": samples[place], "gaps": gaps[place]}
            for place, heading in enumerate(one.headings)]  # fmt: skip


def how_done(kind: Importable, one: Import, mapping: dict[str, str], source: str) -> dict[str, Any]:
    """What is done with the rows: as was said, or the last time with the same columns, or what is usual."""
    before = one if one.mapping else one.like_this() if source == "before" else None
    if before and (before.match in mapping.values() or before.mode == "create"):
        return {"mode": before.mode, "match": before.match, "clears": before.clears}
    match = usual_match(kind, one, mapping)  # nothing is found again by what is not in the file
    return {"mode": "both" if match else "create", "match": match, "clears": False}


def rows_shown(one: Import, kind: Importable, asked: str | None) -> dict[str, Any]:
    """A page of the rows with one outcome: the one asked for, or the first there is, what needs a look before the rest."""
    order = ("refused", "left_out", "updated", "created", "unchanged")
    outcome = asked or next((name for name in order if getattr(one, name)), "created")
    query = select(ImportRow).where(ImportRow.import_id == one.id)
    if outcome == "kept":
        query = query.where(ImportRow.undone.in_(("changed", "needed", "gone")))
    else:
        query = query.where(ImportRow.outcome == outcome)
    rows = page(query, ImportRow.number, descending=False)
    fields = {field.name: field for field in kind.fields()}
    changes = {row.id: seen(fields, row.changes or {}) for row in rows.rows}
    ids = [row.record_id for row in rows.rows if row.record_id]
    return {
        "page": rows,
        "outcome": outcome,
        "fields": fields,
        "names": names_of(fields, rows.rows),
        "changes": changes,
        "paths": kind.paths(ids),
        "titles": titles(kind, ids),
    }


def titles(kind: Importable, ids: list[UUID]) -> dict[UUID, str]:
    """{record's id: what people call it}, as far as it is there."""
    table = kind.table
    name = next(name for name in ("subject", "name", "number") if name in table.c)
    query = select(table.c.id, table.c[name]).where(table.c.tenant_id == current_tenant.id, table.c.id.in_(ids))
    found = db.session.execute(query) if ids else ()
    return {id: f"#{title}" if name == "number" else title or "" for id, title in found}


def seen(fields: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """What of them whoever is signed in may see."""
    whole = {name: field.seen for name, field in fields.items() if field.seen}
    kept = {name: [whole[name](one) for one in both] if name in whole else both for name, both in changes.items()}
    return {name: both for name, both in kept.items() if name not in whole or both[0] != both[1]}


def names_of(fields: dict[str, Any], rows: list[ImportRow]) -> dict[str, str]:
    """{id: name} of what changed links name."""
    found: dict[str, str] = {}
    for name, field in fields.items():
        if field.link:
            ids = {UUID(str(id)) for row in rows for id in (row.changes or {}).get(name, ()) if id}
            table, other = field.link.table.c, field.link.ways[0][0]
            if ids:
                query = select(table.id, table.name, table[other])
                query = query.where(table.tenant_id == current_tenant.id, table.id.in_(ids))
                found |= {str(id): name or word for id, name, word in db.session.execute(query)}
    return found


def refused_lines(one: Import) -> Iterator[str]:
    """The refused rows as they came, with a sentence each, for repairing and sending again. Formulas run in no spreadsheet."""
    path = files.path_of(one.rows_id) if one.rows_id else None
    query = select(ImportRow.number, ImportRow.sentence).where(
        ImportRow.import_id == one.id, ImportRow.outcome.in_(("refused", "left_out"))
    )
    why = {row.number: row.sentence for row in db.session.execute(query)}
    headings = [*one.headings, _("Row"), _("Why not")]
    end_reading()
    return written(headings, path, why, len(one.headings))


def written(headings: list[str], path: Any, why: dict[int, str], width: int) -> Iterator[str]:
    into = io.StringIO("\ufeff")
    into.seek(1)
    put = csv.writer(into)
    put.writerow([harmless(cell) for cell in headings])
    for number, cells, _problem in all_rows(path) if path and path.is_file() else ():
        if number in why:
            put.writerow([*(harmless(cell) for cell in cells[:width]), number, harmless(why[number])])
            if into.tell() > AT_ONCE:
                yield into.getvalue()
                into.seek(0)
                into.truncate()
    yield into.getvalue()


def harmless(cell: str) -> str:
    return f"'{cell}" if is_formula(cell) else cell
