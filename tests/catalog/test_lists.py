"""The lists of products and of purchases: what is asked of them, changed in them, and taken as a file."""

import csv
import io
import re
import uuid
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from crm.catalog.models import Product, Transaction
from crm.catalog.models.product import ProductPrice, prices_of
from crm.customers.models import Customer
from tests import make
from tests.catalog import shop
from tests.customers.test_fields import add_field
from tests.customers.test_lists import NAME, shown, where

PRODUCTS, PURCHASES = "/acme/products", "/acme/purchases"


@pytest.fixture
def lead(app):
    return make.browser(make.employee("Lena", "lead"))


@pytest.fixture
def goods(app):
    facts = {"Tent": (11_900, 3), "Lamp": (2_500, None), "Stove": (7_900, 0)}
    return {name: shop.product(name, price=price, stock=stock) for name, (price, stock) in facts.items()}


def test_products_are_asked_sorted_and_taken_as_a_file(lead, client, goods, statements):
    with make.inside():
        Product.locked(id=goods["Stove"].id).delete()
    shop.product("Far", slug="globex")
    assert shown(client, PRODUCTS) == ["Lamp", "Tent"], "deleted ones stand there only when they are asked for"
    del statements[:]
    shown(client, PRODUCTS)
    assert len([one for one in statements if not one.startswith(("BEGIN", "COMMIT"))]) <= 6
    assert shown(client, PRODUCTS, **where((0, "state", "is", "deleted"))) == ["Stove"]
    assert shown(client, PRODUCTS, **where((0, "price", "from", "100"))) == ["Tent"]
    assert shown(client, PRODUCTS, sort="-price") == ["Tent", "Lamp"]
    assert shown(client, PRODUCTS, sort="stock") == ["Tent", "Lamp"], "what is not counted stands last"
    assert client.get(f"{PRODUCTS}?g=0&f=price&o=from&v=much").status_code == 422
    sent = lead.get(f"{PRODUCTS}/list/file?as=csv&c=name&c=price&sort=-price").data.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(sent)))[1:] == [["Tent", "119.00"], ["Lamp", "25.00"]]
    assert sent.startswith("Name,Price in EUR\r\n")
    assert client.get(f"{PRODUCTS}/list/file").status_code == 403


def test_products_change_where_they_stand_and_together(lead, client, goods):
    tent = goods["Tent"].id
    with make.inside():
        Product.locked(id=tent).change(prices={"EUR": 11_900, "USD": 12_900})
    cell = f"{PRODUCTS}/list/cells/{tent}?column="
    assert 'value="119.00"' in lead.get(f"{cell}price").text
    for column, value, told in (
        ("price", "99.50", "€99.50"),
        ("stock", "7", "7"),
        ("state", "inactive", "Not on sale"),
    ):
        changed = lead.post(cell + column, data={"value": value}, headers={"HX-Request": "true"})
        assert told in changed.text
    assert lead.post(f"{cell}price", data={"value": "-1"}, headers={"HX-Request": "true"}).status_code == 422
    assert lead.post(f"{cell}state", data={"value": "deleted"}, headers={"HX-Request": "true"}).status_code == 422
    assert client.post(f"{cell}stock", data={"value": "1"}).status_code == 403
    both = {"id": [str(one.id) for one in (goods["Tent"], goods["Lamp"])]}
    assert (
        lead.post(f"{PRODUCTS}/list/changes", data={**both, "action": "category", "category": "Camp"}).status_code
        == 303
    )
    assert lead.post(f"{PRODUCTS}/list/changes", data={**both, "action": "sale"}).status_code == 303
    with make.inside():
        now = Product.find(id=tent)
        assert (now.stock, now.active, now.category) == (7, True, "Camp")
        assert {price.currency: price.amount for price in prices_of([tent])[tent]} == {"EUR": 9_950, "USD": 12_900}
        Product.locked(id=goods["Lamp"].id).delete()
    refused = lead.post(f"{PRODUCTS}/list/changes", data={**both, "action": "category", "category": "Gone"})
    assert refused.status_code == 409 and "Nothing was changed, because of Lamp" in refused.text
    with make.inside():
        assert Product.find(id=tent).category == "Camp"


def test_purchases_are_asked_by_buyer_number_goods_and_sum(client, goods, statements):
    mia, ben = make.customer("Mia Ode"), make.customer("Ben")
    big = shop.purchase(mia, (goods["Tent"], 2), upto="placed")
    shop.purchase(ben, (goods["Lamp"], 1), upto="fulfilled")
    assert shown(client, PURCHASES) == ["Ben", "Mia Ode"]
    draft = shop.purchase(ben, (goods["Tent"], 3))
    assert len(shown(client, PURCHASES, **where((0, "total", "from", "300")))) == 1, "a draft has its sum, too"
    with make.inside():
        Transaction.locked(id=draft.id).cancel()
    del statements[:]
    page = client.get(PURCHASES).text
    assert len([one for one in statements if not one.startswith(("BEGIN", "COMMIT"))]) <= 8
    assert "2 × Tent" in page and "€238.00" in page
    for asked in (
        {"q": "ode"},
        {"q": f"#{big.number}"},
        where((0, "what", "has", "tent"), (1, "state", "is", "placed")),
        where((0, "total", "from", "200"), (1, "total", "to", "300")),
    ):
        assert shown(client, PURCHASES, **asked) == ["Mia Ode"]
    assert shown(client, PURCHASES, sort="-total") == ["Ben", "Mia Ode", "Ben"]
    for word, found in (("Not paid", ["Mia Ode"]), ("To hand over", ["Mia Ode"]), ("Drafts", [])):
        address = re.search(rf'<a href="([^"]*)"[^>]*>{word}</a>', page)[1].replace("&amp;", "&")
        assert NAME.findall(client.get(address).text) == found, word


def test_purchases_of_which_too_much_was_paid_are_found_with_how_much(client, goods):
    for times in (1, 2):
        made = shop.purchase(make.customer(f"Payer {times}"), (goods["Lamp"], 1), upto="placed")
        with make.inside():
            owed = Transaction.locked(id=made.id)
            owed.receive(times * owed.total)
    page = client.get(PURCHASES).text
    address = re.search(r'<a href="([^"]*)"[^>]*>Too much paid</a>', page)[1].replace("&amp;", "&")
    found = client.get(address).text
    assert NAME.findall(found) == ["Payer 2"]
    assert f"€{owed.total / 100:.2f}" in re.search(r'data-label="Too much paid">(.*?)</td>', found, re.S)[1]
    assert "Payer 1" in client.get(f"{PURCHASES}?g=0&f=surplus&o=is&v=no").text


def test_a_file_of_purchases_says_in_which_currency_and_what_is_a_refund(lead, goods):
    urs = make.customer("Urs")
    with make.inside():
        ProductPrice(product_id=goods["Lamp"].id, currency="CHF", amount=13_75).save()
        made = Transaction.begin(Customer.find(id=urs.id), "CHF", uuid.uuid4())
        made.add_line(Product.find(id=goods["Lamp"].id), 2)
        made.place(Decimal("1.05"))
        made.pay()
        made.refund(uuid.uuid4(), 500)
    ask = f"{PURCHASES}/list/file?c=number&c=total&c=state&sort=number"
    rows = list(csv.reader(io.StringIO(lead.get(f"{ask}&as=csv").data.decode("utf-8-sig"))))
    assert rows[0] == ["Number", "Total", "Currency", "State"]
    assert [row[1:] for row in rows[1:]] == [["27.50", "CHF", "Paid"], ["-5.00", "CHF", "Refund"]]
    book = load_workbook(io.BytesIO(lead.get(f"{ask}&as=xlsx&c=currency").data))
    assert [cell.value for cell in book.active[1]] == ["Number", "Total", "State", "Currency"], "once, where it was put"
    assert book.active.column_dimensions["A"].width >= 17, "a moment fits"


def test_purchases_are_handed_over_together_or_none(client, goods):
    add_field("gate", "choice", kind="transaction", options=["North", "South"], filterable=True)
    paid, draft = shop.purchase(None, (goods["Tent"], 1), upto="paid"), shop.purchase(None, (goods["Lamp"], 1))
    send = {"action": "fulfil", "id": [str(paid.id), str(draft.id)]}
    refused = client.post(f"{PURCHASES}/list/changes", data=send)
    assert refused.status_code == 409 and f"because of Purchase #{draft.number}" in refused.text
    with make.inside():
        assert Transaction.find(id=paid.id).state == "paid"
    assert client.post(f"{PURCHASES}/list/changes", data={**send, "id": [str(paid.id)]}).status_code == 303
    owed = shop.purchase(None, (goods["Tent"], 1), upto="placed")
    send = {"action": "pay", "id": [str(paid.id), str(owed.id)]}
    assert client.post(f"{PURCHASES}/list/changes", data=send).status_code == 303
    with make.inside():
        assert Transaction.find(id=owed.id).state == "paid"
    cell = f"{PURCHASES}/list/cells/{paid.id}?column="
    for column, value in (("memo", "By the back door"), ("custom.gate", "North")):
        assert value in client.post(cell + column, data={"value": value}, headers={"HX-Request": "true"}).text
    assert client.post(f"{cell}total", data={"value": "1"}).status_code == 404
    with make.inside():
        there = Transaction.find(id=paid.id)
        assert (there.state, there.memo, there.custom) == ("fulfilled", "By the back door", {"gate": "North"})
    assert len(shown(client, PURCHASES, **where((0, "custom.gate", "is", "North"), (1, "memo", "has", "door")))) == 1


def test_a_purchase_and_a_ticket_are_begun_with_the_workspaces_own_fields(client):
    for kind in ("transaction", "ticket"):
        add_field("gate", "choice", kind=kind, options=["North", "South"], required=True)
    mia, key = make.customer(), str(uuid.uuid4())
    assert 'name="custom_gate"' in client.get(f"{PURCHASES}/new?customer={mia.id}").text
    sent = {"customer_id": str(mia.id), "currency": "EUR", "key": key}
    for wrong in ({}, {"custom_gate": ""}, {"custom_gate": "West"}):
        refused = client.post(f"{PURCHASES}?customer={mia.id}", data=sent | wrong)
        assert refused.status_code == 422, wrong
    begun = client.post(PURCHASES, data=sent | {"custom_gate": "South"})
    assert begun.status_code == 303 and "South" in client.get(begun.location).text
    ticket = {
        "ticket_id": key,
        "subject": "Torn tent",
        "type": "question",
        "priority": "normal",
        "way": "note",
        "body": "Look",
    }
    assert client.post("/acme/tickets/new", data=ticket).status_code == 422
    made = client.post("/acme/tickets/new", data=ticket | {"custom_gate": "North"})
    assert made.status_code == 303 and "North" in client.get(made.location).text
