"""Kinds of fields (see crm/web.py) that products and purchases read."""

import re
from typing import Any

from flask_babel import gettext as _

from ..accounts.kinds import currencies
from ..web import Kind, Unfit, clean
from .money import in_field, money, shown

LINE = re.compile(r"([A-Za-z]{3})[\s:]+(.+)\Z")
MOST_PRICES = 30


def prices(own: str) -> Kind:
    """Further prices, one in a line, such as `USD 12.50`, as {currency: smallest units}; `own` has its own field."""

    def kind(value: Any) -> dict[str, int]:
        found: dict[str, int] = {}
        lines = [line.strip() for line in clean(value or "", 2_000).splitlines() if line.strip()]
        if len(lines) > MOST_PRICES:
            raise Unfit(_("Give at most %(max)d prices.", max=MOST_PRICES))
        for line in lines:
            currency, amount = price(line)
            if currency == own or currency in found:
                raise Unfit(_("There are two prices in %(currency)s. Keep one.", currency=currency))
            found[currency] = amount
        return found

    return kind


def price(line: str) -> tuple[str, int]:
    match = LINE.match(line)
    currency = match[1].upper() if match else ""
    if match is None or currency not in currencies():
        raise Unfit(
            _("“%(line)s” names no currency in use. Write it as %(example)s.", line=line[:60], example="USD 12")
        )
    return currency, money(currency)(match[2])


def prices_in_field(found: dict[str, int]) -> str:
    return "\n".join(f"{currency} {in_field(amount, currency)}" for currency, amount in sorted(found.items()))


def price_list(found: list[Any]) -> str:
    """Such as €12.00 · $13.00."""
    return " · ".join(shown(one.amount, one.currency) for one in found)
