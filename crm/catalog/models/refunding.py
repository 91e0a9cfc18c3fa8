"""What of a purchase goes back. However it is cut into parts, the parts add up to the whole: nothing is rounded twice."""

from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext as _

from ...db import uuid7
from ...web import Invalid
from ..money import share
from .line import TransactionLine

if TYPE_CHECKING:
    from .draft import Draft


def taken_back(lines: list[TransactionLine], wanted: dict[UUID, int]) -> list[TransactionLine]:
    """The refund's lines for so many pieces of each. Raises Invalid for more than are left of one, and for foreign lines."""
    known = {line.id: line for line in lines}
    if not wanted.keys() <= known.keys() or any(count < 0 for count in wanted.values()):
        raise Invalid({"amount": _("Choose from the offered values.")})
    return [back(known[id], count) for id, count in wanted.items() if count]


def back(line: TransactionLine, count: int) -> TransactionLine:
    """So many pieces of a line, which remembers them."""
    before, after = line.refunded, line.refunded + count
    if after > line.quantity:
        words = {"name": line.name, "left": line.quantity - before}
        raise Invalid({"amount": _("Of “%(name)s” only %(left)d are left to go back.", **words)})
    line.refunded = after
    parts = {name: share(getattr(line, name), after, line.quantity) - share(getattr(line, name), before, line.quantity)
             for name in ("discount", "tax", "total")}  # fmt: skip
    copied = ("product_id", "sku", "name", "unit_price", "tax_rate")
    return TransactionLine(id=uuid7(), of_line_id=line.id, quantity=count, **parts,
                           **{name: getattr(line, name) for name in copied})  # fmt: skip


def share_of_tax(purchase: "Draft", amount: int) -> int:
    """The tax within an amount that goes back."""
    before, after, whole = purchase.refunded, purchase.refunded + amount, purchase.total
    return share(purchase.tax, after, whole) - share(purchase.tax, before, whole) if whole else 0
