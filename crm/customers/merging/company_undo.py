"""A company that was deleted or merged comes back, with what went with it; what came since stays where it is."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, exists, select

from ...db import Base, db, now
from ...events import record
from ...jobs import every
from ...web import Refused
from ..fields.reworking import guard_steady
from ..fields.writing import keep_in_step
from ..models import Company, Customer, GoneCompany, GoneRow
from ..models.company import ONE_AT_A_TIME
from ..models.merge import UNDO_DAYS
from . import images
from .companies import COMPANIES
from .naming import AT, names_back
from .undo import TooLate

MOST_NAMED = 20
ONLY_ONE_HAS = frozenset({"external_id", "parent_id"})  # what another may have by now, or what may be gone


class GoneOn(Refused):
    description = _l("The company that it became a part of is gone, too. Bring that one back first.")


@dataclass(frozen=True)
class Left:
    """What did not come back: `taken` belongs to another company by now, `elsewhere` are the names of those who work mainly
    somewhere else since."""

    taken: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


def bring_back(end: GoneCompany) -> Left:
    """Undo a locked end; twice does nothing. Raises TooLate and GoneOn."""
    if end.undone_at:
        return Left()
    if not end.may_be_undone:
        raise TooLate()
    guard(end)
    removed = images.of(end, "removed")
    itself = next(row for row in removed if row.table_name == COMPANIES.name and row.row_id == end.gone_id)
    images.put_back(itself, COMPANIES, ONLY_ONE_HAS)
    images.remove_added(end)
    for row in images.of(end, "changed"):
        images.change_back(row, Base.metadata.tables[row.table_name])
    for table, column in images.moved_ways(end):
        back = names_back if column.startswith(AT) else images.move_back
        back(end, Base.metadata.tables[table], column)
    for row in removed:
        if row is not itself:
            images.put_back(row, Base.metadata.tables[row.table_name])
    end.undone_at = now()
    settle_fields(end)
    left = Left(give_number_and_parent(end, itself.before or {}), names_of_those_who_went_on(end))
    record("company.returned", end)
    if end.kept_id:
        record("company.parted", Company.find(id=end.kept_id), gone=str(end.gone_id))
    return left


def names_of_those_who_went_on(end: GoneCompany) -> list[str]:
    """Whose main place it was, and is another since: it stays the other."""
    row = GoneRow.row_id == Customer.id, GoneRow.merge_id == end.id, GoneRow.what == "moved"
    mine = *row, GoneRow.table_name == "people", GoneRow.column == "company_id", Customer.company_id != end.gone_id
    found = db.session.scalars(select(Customer).where(*mine).order_by(Customer.name).limit(MOST_NAMED)).all()
    return [one.shown_name for one in found]


def guard(end: GoneCompany) -> None:
    db.session.execute(ONE_AT_A_TIME)
    if end.kept_id:
        kept = db.session.scalars(select(Company.id).where(Company.id == end.kept_id).with_for_update()).first()
        if kept is None:
            raise GoneOn()
    guard_steady("company")


def settle_fields(end: GoneCompany) -> None:
    """What lists filter by is what the two hold now, whatever became of the fields or the values meanwhile."""
    db.session.flush()
    db.session.expire_all()
    for id in (end.gone_id, end.kept_id):
        if id:
            keep_in_step(Company.find(id=id))


def give_number_and_parent(end: GoneCompany, before: dict[str, Any]) -> list[str]:
    company, number, parent = Company.find(id=end.gone_id), before["external_id"], before["parent_id"]
    taken = number is not None and Company.first(external_id=number) is not None
    company.external_id = None if taken else number
    stand_under(company, Company.first(id=parent) if parent else None)
    for child in children_who_came_before(company):
        stand_under(child, company)
    return [number] if taken else []


def stand_under(company: Company, above: Company | None) -> None:
    """Unless it would stand above itself."""
    if above is not None and company.id not in {above.id, *(one.id for one in above.above())}:
        company.parent_id = above.id


def children_who_came_before(company: Company) -> list[Company]:
    """Who came back while it was still gone, and stands under nobody since."""
    theirs = GoneRow.what == "removed", GoneRow.table_name == COMPANIES.name, GoneRow.row_id == Company.id
    back = exists().where(*theirs, GoneRow.before["parent_id"].astext == str(company.id))
    return list(db.session.scalars(select(Company).where(back, Company.parent_id.is_(None)).order_by(Company.id)).all())


@every(seconds=24 * 3600)
def forget_what_cannot_come_back() -> None:
    old = GoneRow.created_at < now() - timedelta(days=UNDO_DAYS)
    db.session.execute(delete(GoneRow).where(old))
