"""The list of purchases and refunds."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import literal_column, select

from ...accounts.kinds import currencies
from ...customers.fields.columns import CustomColumn, custom_columns
from ...customers.list_columns import Named, change_custom, look_up, words_in
from ...customers.lists import Action, people_options
from ...customers.models import Company, Customer
from ...db import db
from ...listing.columns import Born, Column, Someone
from ...listing.listing import Listing
from ...tenancy import current_tenant
from ...web import Invalid, Unfit, text
from ..models import Product, Transaction, TransactionLine
from ..money import as_decimal, money, shown
from ..payments.incoming import by_hand
from ..words import KIND_WORDS, SOURCE_WORDS, STATE_WORDS, state_word

# All that tells how one stands.
STATED = ("state", "kind", "paid_at", "paid", "surplus", "credited", "disputed")


class Buyer(Named):
    """Who bought, with the purchase's number: the way to its page."""

    def drawn_from(self, row: Any, known: dict[str, Any]) -> Any:
        return self.show(row, known), row.number


class Bought(Column):
    """What stands in it, asked by words of a product's number, name or category."""

    def __init__(self) -> None:
        super().__init__("what", _("What"), "text", Transaction.id, plain_to_see=True)
        self.operators = ("has",)

    def where(self, operator: str, value: Any) -> Any:
        products = select(Product.id).where(*words_in(Product.search)(value))
        lines = select(TransactionLine.transaction_id).where(TransactionLine.product_id.in_(products))
        return Transaction.id.in_(lines)

    def look_up(self, rows: list[Any]) -> dict[Any, Any]:
        line, found = TransactionLine, dict[Any, list[str]]()
        query = select(line.transaction_id, line.quantity, line.name).order_by(line.id)
        for id, quantity, name in db.session.execute(query.where(line.transaction_id.in_([row.id for row in rows]))):
            found.setdefault(id, []).append(name if quantity == 1 else f"{quantity} × {name}")
        return found

    def show(self, row: Any, known: dict[str, Any]) -> str:
        return ", ".join(known[self.key].get(row.id, ()))


class State(Column):
    """How it stands; of a refund, that it is one."""

    def show(self, row: Any, known: dict[str, Any]) -> str:
        return str(state_word(row.kind, row.state, row.credited, row.paid_at))


class Total(Column):
    """Shown as it was bought; asked and sorted in what was the workspace's currency then."""

    unit = "currency"

    def value(self, raw: str) -> int:
        return int(money(current_tenant.currency)(raw))

    def show(self, row: Any, known: dict[str, Any]) -> str:
        return ("−" if row.kind == "refund" else "") + shown(row.total, row.currency)

    def plain(self, row: Any, known: dict[str, Any]) -> Any:
        return as_decimal(-row.total if row.kind == "refund" else row.total, row.currency)


class Surplus(Column):
    """What came in and was not owed, and is to go back."""

    unit = "currency"

    def __init__(self) -> None:
        super().__init__("surplus", _("Too much paid"), "yes_no", Transaction.surplus, required=True)

    def where(self, operator: str, value: Any) -> Any:
        nothing: Any = literal_column("0")  # written into the statement: the index of these few is taken only then
        return Transaction.surplus > nothing if value else Transaction.surplus == nothing

    def show(self, row: Any, known: dict[str, Any]) -> str:
        return shown(row.surplus, row.currency) if row.surplus else ""

    def plain(self, row: Any, known: dict[str, Any]) -> Any:
        return as_decimal(row.surplus, row.currency) if row.surplus else ""


def columns(viewer: Any) -> list[Column]:
    here = Transaction
    return [
        Buyer("customer", _("Customer"), here.customer_id, Customer, template="catalog/_buyer_cell.html"),
        Column("number", _("Number"), "number", here.number, required=True, sortable=True),
        Column("kind", _("Kind"), "choice", here.kind, options=list(KIND_WORDS.items()), required=True),
        State("state", _("State"), "choice", here.state, options=list(STATE_WORDS.items()), required=True,
            template="catalog/_state_cell.html", plain_to_see=True, needs=STATED),
        Bought(),
        Column("happened", _("When"), "moment", here.happened_at, required=True, sortable=True, plain_to_see=True),
        Column("paid", _("Paid on"), "moment", here.paid_at),
        Total("total", _("Total"), "number", here.base_total, required=True, sortable=True, plain_to_see=True),
        Surplus(),
        Column("currency", _("Currency"), "choice", here.currency, options=lambda: [(c, c) for c in currencies()], required=True),
        Named("company", _("Company"), here.company_id, Company),
        Column("memo", _("Note"), "text", here.memo, edit=True),
        Column("source", _("Where from"), "choice", here.source, options=list(SOURCE_WORDS.items()), required=True),
        Someone("by", _("Entered by"), here.entered_by_id, getattr(viewer, "id", None), options=people_options),
        Column("external_id", _("Number elsewhere"), "text", here.external_id),
        Born("created", _("Begun"), Transaction),
        *custom_columns(Transaction, "transaction", viewer),
    ]  # fmt: skip


def search(q: str) -> list[Any]:
    """By number, or by words of the customer."""
    wanted = q.strip().removeprefix("#")
    if wanted.isascii() and wanted.isdecimal() and len(wanted) <= 9:
        return [Transaction.number == int(wanted)]
    return [Transaction.customer_id.in_(select(Customer.id).where(*words_in(Customer.search)(wanted)))]


def change(purchase: Transaction, column: Column, raw: str) -> None:
    """The note, or a field of the workspace's own. Raises Invalid."""
    if isinstance(column, CustomColumn):
        return change_custom(purchase, column, raw)
    try:
        purchase.memo = text(max=2_000, optional=True)(raw)
    except Unfit as problem:
        raise Invalid({"value": str(problem)}) from None
    return None


def fulfilling() -> Callable[[Any], None]:
    return lambda purchase: purchase.fulfil()


def paying() -> Callable[[Any], None]:
    return by_hand


def asking(*conditions: tuple[int, str, str, str]) -> str:
    """What stands in the address for these conditions (group, column, operator, value)."""
    return urlencode({name: [one[place] for one in conditions] for place, name in enumerate("gfov")}, doseq=True)


# What is asked every day, offered above the list.
OFTEN = {
    _l("Drafts"): asking((0, "state", "is", "draft")),
    _l("To hand over"): asking((0, "state", "is", "placed"), (0, "state", "is", "paid")),
    _l("Not paid"): asking((0, "state", "is", "placed"), (0, "state", "is", "fulfilled"), (1, "paid", "empty", "")),
    _l(
        "Too much paid"
    ): f"{asking((0, 'surplus', 'is', 'yes'))}&c=customer&c=state&c=surplus&c=what&c=happened&c=total",
    _l("Refunds"): asking((0, "kind", "is", "refund")),
}
PURCHASES = Listing(
    "purchases", Transaction, _l("Purchases"), "/purchases", columns, ("customer", "state", "what", "happened", "total"),
    "-happened", search, area="transactions", look_up=look_up, change=change, template="catalog/purchases.html",
    actions={"fulfil": Action(_l("Mark as fulfilled"), fulfilling), "pay": Action(_l("Mark as paid"), paying)},
    options={"actions": "catalog/_purchase_actions.html", "often": OFTEN},
)  # fmt: skip
