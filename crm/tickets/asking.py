"""What is asked of the list of tickets by the workspace's own fields: conditions, an order, columns, as of other lists."""

from typing import Any

from ..customers.fields.columns import PREFIX, custom_columns
from ..listing.asked import Asked, asked_of, every
from ..listing.columns import Column
from ..web import choice, clean
from .lists import KEYS, SOONEST, SORTS, in_order
from .models import Ticket

NAMES = ("match", "g", "f", "o", "v", "c")


class Order(Column):
    """One of the list's own orders; nothing is asked of it, and it is no column."""

    def __init__(self, key: str) -> None:
        super().__init__(key, key, "moment", KEYS[key], required=True, sortable=True)
        self.operators = ()


ORDERS = [Order(key) for key in SORTS]


def own_columns(viewer: Any) -> list[Column]:
    return custom_columns(Ticket, "ticket", viewer)


def order(raw: Any) -> str:
    """One of SORTS, or a field's; which fields there are is looked at by `own_of`."""
    if isinstance(raw, str) and raw.removeprefix("-").startswith(PREFIX):
        return clean(raw, 200)
    return choice(*SORTS, optional=True)(raw) or ""


def own_of(sent: Any, view: str, sort: str, columns: list[Column]) -> Asked:
    """What an address, or what was kept of one, asks of these columns. Raises Invalid."""
    sort = in_order(view, sort)
    way = sort if sort in SOONEST or PREFIX in sort else f"-{sort}"
    asked = {name: values for name, values in every(sent).items() if name in NAMES} | {"sort": [way]}
    return asked_of(asked, [*columns, *ORDERS], (), way)
