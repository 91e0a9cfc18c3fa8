"""Products from a file, with prices and numbers of their own."""

import io
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from crm.catalog.import_kinds import amount
from crm.catalog.models import Product
from crm.catalog.models.product import prices_of
from crm.db import db
from crm.web import Unfit
from tests import make
from tests.importing.files import figures, ran, sent, suggested, tried, work

PRODUCTS = Path(__file__).parent.parent / "data" / "products.csv"


@pytest.mark.parametrize(("typed", "units"), [("1234.5", 123450), ("1,234.50", 123450), ("1.234,50", 123450),
    ("1.234", 123400), ("$ 12", 1200), ("0,5", 50), ("1 234 567", 123456700)])  # fmt: skip
def test_amounts_are_read_as_anybody_writes_them(typed, units):
    assert amount("EUR")(typed) == units


def test_an_amount_below_nothing_is_none(app):
    with make.inside(), pytest.raises(Unfit):
        amount("EUR")("-5")


def test_products_get_prices_and_a_changed_price_can_be_taken_back(app):
    lead = make.browser(make.employee("Lena", "lead"))
    at = sent(lead, PRODUCTS.read_bytes(), "products.csv", "products")
    assert list(suggested(lead.get(at).text).values())[:3] == ["name", "category", "price_EUR"]
    tried(lead, at, column_2="price_USD")
    assert figures(ran(lead, at))["Created"] == "7"
    changed = sent(lead, "Product,Price USD\nGTX Pro,1.99\nNew One,5\n", "more.csv", "products")
    tried(lead, changed, mode="update")
    assert figures(ran(lead, changed)) == {"Created": "0", "Changed": "1", "Refused": "0", "Left out": "1"}
    page = lead.get(f"{changed}?outcome=updated").text
    assert "4,821.00" in page and "1.99" in page and "482100" not in page  # as people read money
    assert price("GTX Pro") == {"USD": 199}
    lead.post(f"{changed}/undo")
    work()
    assert price("GTX Pro") == {"USD": 482100}


def test_a_spreadsheet_is_read_as_people_save_it(app):
    book, saved = Workbook(), io.BytesIO()
    for row in (("Product", "Price USD"), ("Tent", 129.5)):
        book.active.append(row)
    book.save(saved)
    lead = make.browser(make.employee("Lena", "lead"))
    tried(lead, at := sent(lead, saved.getvalue(), "products.xlsx", "products"))
    assert figures(ran(lead, at))["Created"] == "1"


def price(name: str) -> dict[str, int]:
    with make.inside():
        product = db.session.scalars(select(Product).where(Product.name == name)).one()
        assert product.sku == "GTX-PRO"
        return {one.currency: one.amount for one in prices_of([product.id])[product.id]}
