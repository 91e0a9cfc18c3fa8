"""Imports let go of a person who is erased: of their rows, and of files in which they stand."""

from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Text, cast, delete, false, func, or_, select

from ..db import db
from ..files import path_of
from ..finding import escaped
from ..personal import Erasing, erases
from ..web import Refused
from .models import WORKING, Import, ImportRow


@erases
def forget_imports(mine: Erasing) -> None:
    """Raises Refused while one of them is at work: what it holds in hand it would write again."""
    wrote = or_(ImportRow.record_id.in_(mine.ids("people")), named(mine, ImportRow.changes, ImportRow.sentence))
    ids = set(db.session.scalars(select(ImportRow.import_id).where(wrote).distinct()).all())
    kept = select(Import).where(
        or_(
            Import.file_id.is_not(None),
            Import.rows_id.is_not(None),
            named(mine, Import.about, Import.name),
            Import.id.in_(ids),
        )
    )
    for one in db.session.scalars(kept.order_by(Import.id).with_for_update()).all():
        if one.id in ids or stands_in(mine, one):
            let_go(one, mine)
    db.session.execute(delete(ImportRow).where(wrote).execution_options(synchronize_session=False))


def named(mine: Erasing, *columns: Any) -> ColumnElement[bool]:
    text = func.concat_ws(" ", *(cast(column, Text) for column in columns))
    return or_(false(), *(text.ilike(f"%{escaped(word)}%", escape="\\") for word in mine.strings))


def stands_in(mine: Erasing, one: Import) -> bool:
    """Read line by line. A spreadsheet's cells stand in its file of plain rows alone."""
    words = [word.casefold() for word in mine.strings]
    if not words:
        return False
    said = f"{one.name} {one.about}".casefold()
    return any(word in said for word in words) or any(holds(id, words) for id in (one.rows_id, one.file_id) if id)


def holds(id: UUID, words: list[str]) -> bool:
    path = path_of(id)
    if not path.is_file():
        return False
    with path.open(encoding="utf-8", errors="replace") as file:
        return any(word in line.casefold() for line in file for word in words)


def let_go(one: Import, mine: Erasing) -> None:
    if one.state in WORKING:
        raise Refused(_("An import with this person is at work. Wait until it has ended, then erase them."))
    mine.files += [id for id in (one.file_id, one.rows_id) if id]
    one.about = {**one.about, "samples": []}
    if one.file_id or one.rows_id:
        one.empty()
    db.session.flush()
