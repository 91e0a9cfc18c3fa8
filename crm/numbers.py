"""Numbers for people to read: each kind of record counts by itself in its tenant, from 1."""

from sqlalchemy import Integer, UniqueConstraint, bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped

from .db import Record, db, uuid7
from .tenancy import current_tenant


class Counter(Record):
    """The last number given for a kind of record; `created_at` says when the first was."""

    __tablename__ = "counters"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: Mapped[str]
    value: Mapped[int]


VALUE = Counter.__table__.c.value
UP = bindparam("count", type_=Integer)
NEXT = (
    insert(Counter.__table__)
    .on_conflict_do_update(index_elements=["tenant_id", "name"], set_={"value": VALUE + UP})
    .returning(VALUE)
)


def next_number(name: str) -> int:
    """The tenant's next number for people to read: no gaps but those of transactions that failed."""
    return next_numbers(name, 1)[0]


def next_numbers(name: str, count: int) -> range:
    """So many of them, one after the other."""
    values = {"tenant_id": current_tenant.id, "id": uuid7(), "name": name, "value": count, "count": count}
    last = db.session.execute(NEXT, values).scalar_one()
    return range(last - count + 1, last + 1)
