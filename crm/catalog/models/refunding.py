"""What of a purchase goes back. However it is cut into parts, the parts add up to the whole: nothing is rounded twice."""

from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext as _

from ...db import uuid7
from ...web import Invalid
from ..money import share
from .line import TransactionLine

if TYPE_CHECKING:
    from .paying import Paying


def taken_back(lines: list[TransactionLine], wanted: dict[UUID, int], tax_included: bool) -> list[TransactionLine]:
    """The refund's lines for so many pieces of each. Raises Invalid for more than are left of one, and for foreign lines."""
    known = {line.id: line for line in lines}
    if not wanted.keys() <= known.keys() or any(count < 0 for count in wanted.values()):
        raise Invalid({"amount": _("Choose from the offered values.")})
    return [back(known[id], count, tax_included) for id, count in wanted.items() if count]


def back(line: TransactionLine, count: int, tax_included: bool) -> TransactionLine:
    """So many pieces of a line, which remembers them: their part of its total, and no more than did not go back yet."""
    before, after = line.refunded, line.refunded + count
    if after > line.quantity:
        words = {"name": line.name, "left": line.quantity - before}
        raise Invalid({"amount": _("Of “%(name)s” only %(left)d are left to go back.", **words)})
    part = share(line.total, after, line.quantity) - share(line.total, before, line.quantity)
    total = min(part, line.total - line.back)
    tax = take_back(line, total)
    line.refunded = after
    discount = max(0, count * line.unit_price - (total if tax_included else total - tax))
    copied = ("product_id", "sku", "name", "unit_price", "tax_rate")
    return TransactionLine(id=uuid7(), of_line_id=line.id, quantity=count, discount=discount, tax=tax, total=total,
                           **{name: getattr(line, name) for name in copied})  # fmt: skip


def take_back(line: TransactionLine, amount: int) -> int:
    """So much of a line's total goes back; returns the tax within it."""
    before = share(line.tax, line.back, line.total) if line.total else 0
    line.back += amount
    return share(line.tax, line.back, line.total) - before if line.total else 0


def spread(purchase: "Paying", lines: list[TransactionLine], amount: int) -> dict[int | None, list[int]]:
    """An amount goes back, from each line by what is left of it; returns {rate of tax: [amount, tax within it]}."""
    left = sum(line.total - line.back for line in lines)
    if amount > left:  # it has no lines, as what came from a file
        before, after = purchase.returned, purchase.returned + amount
        return {
            None: [amount, share(purchase.tax, after, purchase.total) - share(purchase.tax, before, purchase.total)]
        }
    seen, parts = 0, dict[int | None, list[int]]()
    for line in lines:
        before, seen = seen, seen + line.total - line.back
        part, known = share(amount, seen, left) - share(amount, before, left), parts.setdefault(line.tax_rate, [0, 0])
        known[:] = known[0] + part, known[1] + take_back(line, part)
    return parts
