"""How much a workspace may leave lying here of files that it sent: nobody fills the disk by beginning imports."""

from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, or_, select

from ..db import db
from ..files import path_of
from ..web import Invalid
from .models import Import

MOST_BEGUN, MOST_BYTES = 20, 2 << 30
ENDED = ("done", "undone")
ALONE = select(func.pg_advisory_xact_lock(func.hashtextextended(func.current_setting("app.tenant_id"), 6)))


class Full(Invalid):
    """409: finished or removed imports make room."""

    code = 409


def make_room(coming: int) -> None:
    """For a file of that many bytes. Files of finished imports go, the oldest first; those of others stay. Raises Full."""
    db.session.execute(ALONE)
    kept = (
        select(Import).where(or_(Import.file_id.is_not(None), Import.rows_id.is_not(None))).order_by(Import.id.desc())
    )
    there = db.session.scalars(kept).all()
    begun = [one for one in there if one.state not in (*ENDED, "undoing")]
    left = MOST_BYTES - coming - sum(bytes_of(one) for one in begun)
    if len(begun) >= MOST_BEGUN or left < 0:
        raise Full({"file": _("%(count)d imports that nobody finished take all the room for files. Finish or remove one of them, "
                              "then send this one again.", count=len(begun))})  # fmt: skip
    for one in there:
        left -= bytes_of(one) if one.state in ENDED else 0
        if left < 0 and one.state in ENDED:
            one.empty()


def bytes_of(one: Import) -> int:
    return sum(size_of(id) for id in {one.file_id, one.rows_id} if id)


def size_of(id: UUID) -> int:
    path = path_of(id)
    return path.stat().st_size if path.is_file() else 0
