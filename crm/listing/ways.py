"""On which way the records are found for which conditions hold that stand in a table of their own, as those on own fields do.

PostgreSQL walks through all records in the order of the list and looks at each whether they hold, because it believes that
whoever fits is spread evenly over the order. Where they were not, it looked at 50,000 one by one to find 30.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select, true, union_all

from .asked import Condition
from .estimate import rows_lately

# Of fewer, PostgreSQL begins with them and sorts.
SOME = 2_500
# To read an id into memory takes a tenth of the time of a look at one record, and a page has 30 rows: so many looks are
# allowed for, five times as many as were they spread evenly. Of more so many hold that the walk is short.
LOOKS = 30 * 5 * 10
FEW = 20_000  # for one of several conditions: PostgreSQL would go through all records


@dataclass(frozen=True)
class Group:
    """Conditions of which one must hold. `ids` selects for whom one does, where indexes have them all, `rows` of them planned."""

    conditions: list[Condition]
    ids: Any
    rows: int


def met(model: Any, id: Any, groups: list[list[Condition]]) -> list[Any]:
    """The SQL of: of each group, one condition holds for the record of this `id`."""
    looked_at = [look(model, group) for group in groups]
    known = [group.rows for group in looked_at if group.ids is not None]
    rarest = min(known, default=0)
    in_memory = rarest > SOME and rarest**2 < LOOKS * rows_lately(model.__name__, select(model.id))
    return [one_of(id, group, in_memory and group.rows == rarest) for group in looked_at]


def look(model: Any, group: list[Condition]) -> Group:
    found: list[Any] = [one.column.ids(one.operator, one.value) for one in group]
    if any(one is None for one in found):
        return Group(group, None, 0)
    ids = found[0]
    if len(found) > 1:
        ids = union_all(*found)
    name = (model.__name__, *((one.column.key, one.operator, one.raw) for one in group))
    return Group(group, ids, rows_lately(name, select(ids.subquery())))


def one_of(id: Any, group: Group, in_memory: bool) -> Any:
    if group.ids is not None and in_memory:
        return id.in_(group.ids).is_(true())  # no join can be made of this: they are read once, and looked up
    if group.ids is not None and len(group.conditions) > 1 and group.rows < FEW:
        return id.in_(group.ids)
    return or_(*(one.sql for one in group.conditions))
