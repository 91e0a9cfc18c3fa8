"""What is sold: the list, the form, prices in every currency."""

import io
import re

import pytest
from flask_babel import force_locale

from crm.catalog.models import Product
from crm.catalog.models.product import prices_of
from crm.catalog.money import money, percent, share, shown
from crm.web import Unfit
from tests import make
from tests.accounts.steps import errors_of
from tests.catalog import shop
from tests.floor.world import PNG

FORM = {"name": "Tent for two", "sku": "TENT-2", "kind": "product", "price": "199.90", "tax_rate": "19", "active": "1"}
FORM |= {"prices": "USD 219\nJPY 32,000\nBHD 82.125", "stock": "12", "category": "Tents", "description": "Light."}


@pytest.fixture
def lead(app):
    return make.browser(make.employee("Lena", "lead"))


def prices_in(product):
    return {price.currency: price.amount for price in prices_of([product.id])[product.id]}


def test_a_lead_adds_a_product_with_its_prices_and_picture(lead, client):
    response = lead.post("/acme/products", data={**FORM, "picture": (io.BytesIO(PNG), "tent.png")})
    assert response.status_code == 303
    page = client.get(response.location).text
    for words in ("Tent for two", "€199.90", "$219.00", "¥32,000", "BHD", "82.125", "19 %", "Light."):
        assert words in page
    assert client.get(f"{response.location}/picture").mimetype == "image/png"
    with make.inside():
        assert prices_in(Product.find(sku="TENT-2")) == {"EUR": 19990, "USD": 21900, "JPY": 32000, "BHD": 82125}
    assert client.post("/acme/products", data=FORM).status_code == 403
    assert "TENT-2" in client.get("/acme/products?q=two+ten&g=0&f=category&o=is&v=Tents").text


def test_a_product_changes_and_goes_and_its_number_stays_taken(lead):
    there = lead.post("/acme/products", data={**FORM, "picture": (io.BytesIO(PNG), "tent.png")}).location
    changed = {**FORM, "price": "150", "prices": "", "stock": "", "active": "", "no_picture": "1"}
    assert lead.post(there, data=changed).status_code == 303
    page = lead.get(there).text
    assert "€150.00" in page and "Not counted" in page and "Not on sale" in page and not re.search(r"\b219\b", page)
    assert lead.get(f"{there}/picture").status_code == 404
    assert "Tent for two" in lead.get("/acme/products?g=0&f=state&o=is&v=inactive").text
    assert lead.post(f"{there}/removal").status_code == 303
    assert lead.post(there, data=FORM).status_code == 409
    assert "Another product has this number" in errors_of(lead.post("/acme/products", data=FORM))[0]


def test_what_is_sold_while_the_form_is_open_is_not_put_back(lead):
    there = lead.post("/acme/products", data=FORM).location
    with make.inside():
        tent = Product.find(sku="TENT-2")
    shop.purchase(None, (tent, 2), upto="placed")
    for was, typed, left in (("12", "12", 10), ("10", "15", 15)):
        assert lead.post(there, data={**FORM, "stock": typed, "stock_was": was}).status_code == 303
        assert shop.stock_of(tent) == left


@pytest.mark.parametrize(
    "wrong",
    [{"price": "-1"}, {"price": "1,2,3"}, {"price": "1e5"}, {"price": "NaN"}, {"price": "1.999"}, {"price": "9" * 25},
     {"price": ""}, {"price": "٣"}, {"prices": "XXX 12"}, {"prices": "EUR 12"}, {"prices": "USD 1\nUSD 2"},
     {"prices": "JPY 1.5"}, {"prices": "12 USD"}, {"tax_rate": "101"}, {"tax_rate": "-1"}, {"tax_rate": "1.999"},
     {"stock": "-1"}, {"stock": str(10**19)}, {"sku": ""}, {"name": "a\x00"}, {"kind": "house"}],
)  # fmt: skip
def test_what_does_not_fit_comes_back_with_what_was_typed(lead, wrong):
    response = lead.post("/acme/products", data={**FORM, **wrong})
    assert response.status_code == 422
    assert len(errors_of(response)) == 1 and "Light." in response.text


def test_a_picture_is_one(lead):
    response = lead.post("/acme/products", data={**FORM, "picture": (io.BytesIO(b"%PDF-1.7 words"), "tent.pdf")})
    assert "This is no picture" in errors_of(response)[0]
    assert "Tent for two" not in lead.get("/acme/products").text


def test_amounts_are_read_as_their_reader_writes_them(app):
    with app.test_request_context(), force_locale("de"):
        assert money("EUR")("1.234,50") == 123450 and money("JPY")("1.234") == 1234 and percent()("7,5 %") == 750
        assert shown(123450, "EUR").replace("\xa0", " ") == "1.234,50 €"
        for wrong in ("1,234.50", "12.50", "1,005"):
            with pytest.raises(Unfit):
                money("EUR")(wrong)


def test_halves_are_rounded_up_once():
    assert [share(amount, 1900, 10_000) for amount in (50, 0, 263, 10**12)] == [10, 0, 50, 190 * 10**9]
    assert share(5, 5000, 10_000) == 3
