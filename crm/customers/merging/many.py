"""Several companies deleted at once, each with its own way back."""

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ...db import db
from ...references import pointers
from ...web import Refused
from ..fields.naming import lock_who_name
from ..models import Company
from ..models.company import ONE_AT_A_TIME
from .companies import COMPANIES, delete_company


class OneIsGone(Refused):
    description = _l("Nothing was changed: one of those that you ticked is gone. Load the list again.")


def delete_companies(ids: list[UUID], by: Any = None) -> None:
    """All of them, or none: raises OneIsGone. Subsidiaries go first, so that who comes back in turn finds its parent."""
    lock_who_names(ids)
    found = {one.id: one for one in db.session.scalars(select(Company).where(Company.id.in_(ids)))}
    if len(found) != len(ids):
        raise OneIsGone()
    for company in sorted(found.values(), key=lambda one: depth(one, found), reverse=True):
        delete_company(company, by)


def lock_who_names(ids: list[UUID]) -> None:
    """In the order in which each of them is locked alone, but for all at once, so that nobody is waited for crosswise."""
    db.session.flush()
    db.session.execute(ONE_AT_A_TIME)
    for id in ids:
        lock_who_name("company", id)
    for pointer in sorted(pointers("companies"), key=lambda one: one.table.name, reverse=True):
        if not pointer.is_part and pointer.table is not COMPANIES:
            rows = select(pointer.table.c.id).where(pointer.of(*ids)).order_by(pointer.table.c.id)
            db.session.execute(rows.with_for_update(key_share=True))


def depth(company: Company, among: dict[UUID, Company]) -> int:
    """How many of these stand above it."""
    above, steps = company.parent_id, 0
    while above in among and steps < len(among):
        above, steps = among[above].parent_id, steps + 1
    return steps
