"""The list of products. Deleted ones stand in it only when they are asked for."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, case, literal, select
from sqlalchemy.orm import aliased

from ...customers.fields.columns import CustomColumn, custom_columns
from ...customers.list_columns import change_custom, look_up, words_in
from ...customers.lists import Action
from ...db import db
from ...listing.asked import Asked
from ...listing.columns import EMPTY, Born, Column
from ...listing.listing import Listing
from ...listing.reading import ANEW
from ...tenancy import current_tenant
from ...web import Invalid, Kind, Unfit, choice, integer, read, text
from ..kinds import price_list
from ..models import Product, ProductPrice
from ..models.product import prices_of
from ..money import as_decimal, in_field, money, percent, percent_in_field

MOST_STOCK = 10**12
STATES = {"active": _l("On sale"), "inactive": _l("Not on sale"), "deleted": _l("Deleted")}
SOLD = case((Product.deleted_at.is_not(None), "deleted"), (Product.active, "active"), else_="inactive")


class Price(Column):
    """What a product costs: all its prices are shown, the one in the workspace's currency is asked, sorted and changed.

    In a file each currency has a column of its own, as files are read: see crm/catalog/importable.py.
    """

    def __init__(self) -> None:
        super().__init__(
            "price", _("Price"), "number", ProductPrice.amount, sortable=True, edit=True, plain_to_see=True
        )

    def value(self, raw: str) -> int:
        return int(money(current_tenant.currency)(raw))

    def where(self, operator: str, value: Any) -> Any:
        if operator in EMPTY:
            return ~self.there() if operator == "empty" else self.there()
        amount = ProductPrice.amount
        return self.there({"is": amount == value, "from": amount >= value, "to": amount <= value}[operator])

    def there(self, *conditions: Any) -> ColumnElement[bool]:
        query = select(literal(1)).where(self.mine(ProductPrice), *conditions)
        return query.correlate(Product.__table__).exists()

    def mine(self, price: Any) -> Any:
        here = price.tenant_id == Product.tenant_id, price.product_id == Product.id
        return and_(*here, price.currency == current_tenant.currency)

    def sorted(self, query: Select[Any]) -> tuple[Select[Any], Any, Any]:
        price = aliased(ProductPrice)
        return query.join(price, self.mine(price)), price.amount, price.product_id

    def absent(self) -> Any:
        return ~self.there()

    def look_up(self, rows: list[Any]) -> dict[Any, Any]:
        return prices_of([row.id for row in rows])

    def show(self, row: Any, known: dict[str, Any]) -> str:
        return price_list(known[self.key].get(row.id, []))

    def in_file(self, ids: Select[Any]) -> list[Column]:
        query = select(ProductPrice.currency).where(ProductPrice.product_id.in_(ids)).distinct()
        used = set(db.session.scalars(query, execution_options=ANEW).all())
        own = current_tenant.currency
        return [PriceIn(code, self.key) for code in (own, *sorted(used - {own}))]

    def typed(self, row: Any) -> str:
        return in_field(own_price(self.look_up([row]).get(row.id, [])), current_tenant.currency)


class PriceIn(Column):
    """What a product costs in one currency. The prices are looked up once, for the first of these columns."""

    def __init__(self, currency: str, key: str) -> None:
        own = currency == current_tenant.currency
        super().__init__(key if own else f"{key}_{currency}", _("Price in %(currency)s", currency=currency), "number")
        self.currency, self.prices = currency, key
        if own:
            self.look_up = Price().look_up

    def plain(self, row: Any, known: dict[str, Any]) -> Any:
        prices = known[self.prices].get(row.id, ())
        return next((as_decimal(one.amount, one.currency) for one in prices if one.currency == self.currency), None)


class Tax(Column):
    """Kept in hundredths of a percent."""

    def value(self, raw: str) -> int:
        return int(percent()(raw))

    def show(self, row: Any, known: dict[str, Any]) -> str:
        return f"{percent_in_field(row.tax_rate)} %"

    def plain(self, row: Any, known: dict[str, Any]) -> Any:
        return Decimal(row.tax_rate).scaleb(-2)

    def typed(self, row: Any) -> str:
        return percent_in_field(row.tax_rate)


class Sold(Column):
    """Whether it is on sale."""

    def held(self, row: Any) -> str:
        return "deleted" if row.deleted_at else "active" if row.active else "inactive"

    @property
    def offered(self) -> list[tuple[Any, Any]]:
        return self.choices[:2]


def own_price(prices: list[ProductPrice]) -> int | None:
    return next((price.amount for price in prices if price.currency == current_tenant.currency), None)


def columns(viewer: Any) -> list[Column]:
    here, search = Product, Product.search
    kinds = [("product", _("Product")), ("service", _("Service"))]
    return [
        Column("name", _("Name"), "text", here.name, via=search, sortable=True, required=True,
            template="catalog/_product_cell.html", needs=("name", "picture_id")),
        Column("sku", _("Number"), "text", here.sku, via=search, sortable=True, required=True, plain_to_see=True),
        Column("category", _("Category"), "text", here.category, via=search, edit=True, plain_to_see=True),
        Sold("state", _("On sale"), "choice", SOLD, options=list(STATES.items()), required=True, edit=True,
            template="catalog/_sold_cell.html", plain_to_see=True, needs=("active", "deleted_at", "stock")),
        Column("stock", _("In stock"), "number", here.stock, sortable=True, edit=True),
        Price(),
        Tax("tax", _("Tax"), "number", here.tax_rate, required=True, edit=True),
        Column("kind", _("Kind"), "choice", here.kind, options=kinds, required=True),
        Column("external_id", _("Number elsewhere"), "text", here.external_id),
        Born("created", _("Added"), Product),
        *custom_columns(Product, "product", viewer),
    ]  # fmt: skip


def always(asked: Asked) -> list[Any]:
    named = any(one.column.key == "state" for one in asked.conditions)
    return [] if named else [Product.deleted_at.is_(None)]


OWN: dict[str, tuple[str, Callable[[], Kind]]] = {
    "category": ("category", lambda: text(max=100, lines=False, optional=True)),
    "state": ("active", lambda: lambda raw: choice("active", "inactive")(raw) == "active"),
    "stock": ("stock", lambda: integer(0, MOST_STOCK, optional=True)),
    "tax": ("tax_rate", percent),
    "price": ("price", lambda: money(current_tenant.currency)),
}


def change(product: Product, column: Column, raw: str) -> None:
    """One value of a product, read as in its form. Raises Invalid."""
    if isinstance(column, CustomColumn):
        return change_custom(product, column, raw)
    name, reader = OWN[column.key]
    try:
        value = reader()(raw.strip())
    except Unfit as problem:
        raise Invalid({"value": str(problem)}) from None
    if name == "price":
        others = {price.currency: price.amount for price in prices_of([product.id]).get(product.id, [])}
        return product.change(others | {current_tenant.currency: value})
    return product.change(**{name: value})


def selling(active: bool) -> Callable[[], Callable[[Any], None]]:
    def verb(product: Product) -> None:
        if product.active != active:
            product.change(active=active)

    return lambda: verb


def sorting() -> Callable[[Any], None]:
    category = read(category=text(max=100, lines=False, optional=True))["category"]
    return lambda product: product.change(category=category)


PRODUCTS = Listing(
    "products", Product, _l("Products"), "/products", columns, ("name", "sku", "category", "state", "stock", "price"), "name",
    words_in(Product.search), area="catalog", look_up=look_up, change=change, always=always, template="catalog/products.html",
    actions={"category": Action(_l("Set category"), sorting), "sale": Action(_l("Put on sale"), selling(True)),
             "halt": Action(_l("Take off sale"), selling(False))},
    options={"actions": "catalog/_product_actions.html"},
)  # fmt: skip
