"""Products from a file, with prices and numbers of their own."""

import io
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from crm.catalog.import_kinds import amount
from crm.catalog.models import Product
from crm.catalog.models.product import prices_of
from crm.customers.fields import write_custom
from crm.customers.models import Customer
from crm.db import db
from crm.web import Unfit
from tests import make
from tests.customers.test_fields import add_field
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


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_file_of_the_list_comes_back_with_all_prices_and_changes_nothing(app, language, ending):
    lead = make.browser(make.employee("Lena", "lead", language=language))
    costs = {
        "Tent": {"EUR": 123_450, "USD": 1_250, "KWD": 12_345},
        "Lamp": {"JPY": 1_200},
        "Gone": {"PLN": 100},
        "Stove": {},
    }
    for name, prices in costs.items():
        of_name = {"active": False, "kind": "service", "tax_rate": 1_950} if name == "Stove" else {"stock": 1_234}
        with make.inside():
            sort = {"kind": "product"} | of_name
            Product.add(name=name, sku=f"{name.upper()}-7", external_id=f"x-{name}", prices=prices, **sort)
    with make.inside():
        Product.find(name="Gone").delete()
    usual = "".join(f"&c={name}" for name in ("name", "sku", "category", "state", "stock", "price"))
    every = usual + "&c=tax&c=kind&c=external_id&c=created"
    for asked in ("", usual, every):
        sheet = lead.get(f"/acme/products/list/file?as={ending}{asked}").data
        at = sent(lead, sheet, f"products.{ending}", "products")
        form = suggested(lead.get(at).text)
        mapped = [
            "name",
            "sku",
            "category",
            "active",
            "stock",
            *(f"price_{code}" for code in ("EUR", "JPY", "KWD", "USD")),
        ]
        assert list(form.values())[:9] == mapped, "the prices of deleted products stand in no column"
        page = tried(lead, at)
        assert figures(page)[{"en": "As they were", "de": "Unverändert"}[language]] == "3", page
    assert {"tax_rate", "kind", "external_id"} < set(form.values())


def test_a_field_of_ones_own_says_its_currency_in_files_and_is_known_by_that(app):
    lead = make.browser(make.employee("Lena", "lead"))
    for kind in ("product", "customer"):
        add_field("margin", "money", kind, currency="CHF")
        add_field("rank", "number", kind)
    with make.inside():
        tent = Product.add({}, name="Tent", sku="TENT-7")
        write_custom(tent, {"margin": 123_450, "rank": 3})
        mia = Customer.find(id=make.customer("Mia", email="mia@acme.example").id)
        write_custom(mia, {"margin": 5})
    for ending in ("csv", "xlsx"):
        for path, name in (("products", "c=sku&c=name"), ("customers", "c=name&c=email")):
            own = "&c=custom.margin&c=custom.rank"
            sheet = lead.get(f"/acme/{path}/list/file?as={ending}&{name}{own}").data
            at = sent(lead, sheet, f"{path}.{ending}", path)
            page = lead.get(at).text
            assert "Margin (CHF)" in page and "Rank (" not in page
            assert list(suggested(page).values())[2:4] == ["custom_margin", "custom_rank"]
            assert figures(tried(lead, at))["As they were"] == "1"
    assert "Margin (CHF)" not in lead.get("/acme/products?c=name&c=custom.margin").text, (
        "there it stands beside each amount"
    )


def price(name: str) -> dict[str, int]:
    with make.inside():
        product = db.session.scalars(select(Product).where(Product.name == name)).one()
        assert product.sku == "GTX-PRO"
        return {one.currency: one.amount for one in prices_of([product.id])[product.id]}
