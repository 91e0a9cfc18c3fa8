"""Two customers again: what came with the gone one goes back, what came since stays with the kept one."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ...accounts.models import Person
from ...db import Base, db, now
from ...events import record
from ...tenancy import current_tenant
from ...web import Refused
from ..fields.reworking import guard_steady
from ..fields.writing import keep_in_step
from ..models import Customer
from ..models.merge import CustomerMerge, MergedCustomer, RowImage
from . import images
from .naming import AT, names_back

PEOPLE = Person.__table__


class TooLate(Refused):
    description = _l("They were merged more than 30 days ago. It stays so.")


class MergedOn(Refused):
    description = _l("They have become a part of somebody else since. Part those two first.")


def part(merge: CustomerMerge) -> list[str]:
    """Undo a locked merge; twice does nothing. Returns the addresses and numbers that belong to somebody else by now and so
    were not given back. Raises TooLate and MergedOn."""
    if merge.undone_at:
        return []
    if not merge.may_be_undone:
        raise TooLate()
    guard_both(merge)
    guard_steady("customer")
    for table, column in images.moved_ways(merge):
        back = names_back if column.startswith(AT) else images.move_back
        back(merge, Base.metadata.tables[table], column)
    images.remove_added(merge)
    changed = sorted(
        images.of(merge, "changed"), key=lambda row: row.row_id == merge.gone_id
    )  # the kept one lets go first
    lost = [reached for row in changed for reached in change_back(merge, row)]
    for row in images.of(merge, "removed"):
        images.put_back(row, Base.metadata.tables[row.table_name])
    return finish(merge, lost)


def guard_both(merge: CustomerMerge) -> None:
    """Lock both in the order of their ids."""
    query = select(Person).where(Person.id.in_((merge.kept_id, merge.gone_id))).order_by(Person.id).with_for_update()
    found = {one.id: one for one in db.session.scalars(query.execution_options(populate_existing=True))}
    kept, gone = found.get(merge.kept_id), found.get(merge.gone_id)
    if not isinstance(kept, Customer) or not isinstance(gone, MergedCustomer):
        raise MergedOn()
    db.session.expunge(kept)
    db.session.expunge(gone)  # it will be of another class


def change_back(merge: CustomerMerge, row: RowImage) -> list[str]:
    """The gone one's address may have become somebody else's: then it is not given back."""
    table = Base.metadata.tables[row.table_name]
    if row.table_name != "people" or row.row_id != merge.gone_id:
        images.change_back(row, table)
        return []
    before = row.before or {}
    taken = [name for name in ("email", "external_id") if before[name] and is_taken(name, before[name])]
    images.change_back(row, table, frozenset(taken))
    return [before[name] for name in taken]


def is_taken(name: str, value: str) -> bool:
    return db.session.scalar(select(Customer.id).where(getattr(Customer, name) == value).limit(1)) is not None


def finish(merge: CustomerMerge, lost: list[str]) -> list[str]:
    merge.undone_at = now()
    current_tenant.touch_access()
    kept, gone = Customer.find(id=merge.kept_id), Customer.find(id=merge.gone_id)
    for one in (kept, gone):
        keep_in_step(one)
    record("customer.parted", kept, gone=str(gone.id))
    record("customer.parted", gone, kept=str(kept.id))
    return lost
