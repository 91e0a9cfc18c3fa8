"""Purchases as employees enter them: from page to page."""

import re
import threading
import uuid

import pytest
from sqlalchemy import text

from crm.catalog.models import Transaction
from crm.db import db
from tests import make
from tests.accounts.steps import errors_of
from tests.catalog import shop
from tests.ops.instance import wait_until


@pytest.fixture
def lead(app):
    return make.browser(make.employee("Lena", "lead"))


def refunded_as(browser, purchase, key):
    return browser.post(f"/acme/purchases/{purchase.number}/refunds", data={"amount": "10", "key": str(key)})


@pytest.mark.committed
def test_one_key_refunds_one_purchase_also_when_two_are_sent_at_once(lead):
    who, key, answers = make.customer(), uuid.uuid4(), []
    first, second = (shop.purchase(who, (shop.product(name), 1), upto="paid") for name in ("Tent", "Stove"))
    late = threading.Thread(target=lambda: answers.append(refunded_as(lead, second, key)))
    with make.inside():
        Transaction.locked(id=first.id).refund(key, 1_000)
        late.start()
        wait_until(lambda: db.session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
    late.join(60)
    for answer in (*answers, refunded_as(lead, second, key)):
        assert answer.status_code == 409 and "This form was sent for another purchase" in answer.text
    begun = lead.post("/acme/purchases", data={"customer_id": str(who.id), "currency": "EUR", "key": str(key)})
    assert begun.status_code == 409, "nor does a refund's key begin a purchase"
    with make.inside():
        assert (Transaction.find(id=first.id).refunded, Transaction.find(id=second.id).refunded) == (1_000, 0)


def begin(browser, customer, key=None):
    form = {"customer_id": str(customer.id), "currency": "EUR", "key": str(key or uuid.uuid4())}
    return browser.post("/acme/purchases", data=form).location


def line_in(page):
    return re.search(r'action="([^"]+/lines/[0-9a-f-]{36})"', page)[1]


def test_an_employee_enters_a_purchase_and_brings_it_to_its_end(client):
    shop.product("Tent", price=11_900, stock=5), shop.product("GTX Pro", sku="G-1", price=5_000)
    mia = make.customer()
    assert "Mia Meier" in client.get("/acme/purchases/new?q=mia").text
    there = begin(client, mia)
    for typed in ({"product": "TENT", "quantity": "2"}, {"product": "gtxpro", "quantity": "1"}):
        assert client.post(f"{there}/lines", data=typed).status_code == 303
    page = client.get(there).text
    assert "€288.00" in page and "2 × €119.00" in page
    change = {"quantity": "2", "price": "100", "discount": "10 %", "tax_rate": "19"}
    assert client.post(line_in(page), data=change).status_code == 303
    assert "€230.00" in client.get(there).text
    assert client.post(f"{there}/memo", data={"memo": "Ring twice"}).status_code == 303
    for step, word in (("placement", "Placed"), ("payment", "Paid"), ("fulfilment", "Fulfilled")):
        assert client.post(f"{there}/{step}").status_code == 303
        assert word in client.get(there).text
    assert client.post(f"{there}/lines", data={"product": "TENT", "quantity": "1"}).status_code == 409
    assert client.post(f"{there}/cancellation").status_code == 409
    listed = client.get("/acme/purchases?q=mia&g=0&f=state&o=is&v=fulfilled").text
    assert "€230.00" in listed and "Mia Meier" in listed


def test_the_form_sent_twice_begins_one_purchase_and_one_in_no_currency_none(client):
    mia, key = make.customer(), uuid.uuid4()
    assert begin(client, mia, key) == begin(client, mia, key)
    for wrong in ("XXX", "EURO", "", "eu\0"):
        form = {"customer_id": str(mia.id), "currency": wrong, "key": str(uuid.uuid4())}
        assert client.post("/acme/purchases", data=form).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [{"quantity": "0"}, {"quantity": "-1"}, {"quantity": str(10**12)}, {"quantity": "1.5"}, {"product": "nothing"},
     {"product": ""}, {"product": "GONE"}, {"product": "Tent"}],
)  # fmt: skip
def test_what_cannot_be_bought_is_said_beside_what_was_typed(lead, wrong):
    shop.product("Tent 1", sku="T1"), shop.product("Tent 2", sku="T2")
    gone = shop.product("Gone", sku="GONE")
    lead.post(f"/acme/products/{gone.id}/removal")
    there = begin(lead, make.customer())
    response = lead.post(f"{there}/lines", data={"product": "T1", "quantity": "1", **wrong})
    assert response.status_code == 422 and len(errors_of(response)) == 1


@pytest.mark.parametrize("wrong", [{"price": "-5"}, {"price": "1" * 20}, {"discount": "500"}, {"discount": "101 %"},
                                   {"discount": "-3"}, {"tax_rate": "120"}, {"quantity": "0"}])  # fmt: skip
def test_a_line_takes_no_sums_that_make_no_sense(client, wrong):
    there = shop.purchase(None, (shop.product(), 1))
    path = f"/acme/purchases/{there.number}"
    fields = {"quantity": "1", "price": "119", "discount": "", "tax_rate": "19", **wrong}
    response = client.post(line_in(client.get(path).text), data=fields)
    assert response.status_code == 422 and len(errors_of(response)) == 1
    assert "€119.00" in client.get(path).text


def test_a_purchase_without_a_rate_asks_for_it(client):
    make.customer()
    tent = shop.product()
    made = shop.purchase(None, (tent, 1), base_currency="EUR")
    path = f"/acme/purchases/{made.number}"
    make.tenant("acme", currency="USD")
    assert "Say how many USD one EUR is worth today" in client.post(f"{path}/placement").text
    assert client.post(f"{path}/placement", data={"rate": "-1"}).status_code == 422
    assert client.post(f"{path}/placement", data={"rate": "1.0825"}).status_code == 303
    assert "$128.82" in client.get(path).text


def test_money_goes_back_for_pieces_and_as_an_amount_and_never_too_much(lead, client):
    tent = shop.product(stock=5)
    made = shop.purchase(None, (tent, 3), upto="fulfilled")
    path, key = f"/acme/purchases/{made.number}", str(uuid.uuid4())
    assert client.get(f"{path}/refunds/new").status_code == 403
    line = re.search(r'name="(line-[^"]+)"', lead.get(f"{path}/refunds/new").text)[1]
    for _ in range(2):  # with one key it goes back once
        response = lead.post(f"{path}/refunds", data={line: "1", "restock": "1", "key": key})
        assert response.status_code == 303
    assert "€119.00" in lead.get(response.location).text and shop.stock_of(tent) == 3
    for wrong in ({line: "3"}, {"amount": "238.01"}, {"amount": "0"}, {line: "-1"}, {}, {"amount": "-5"}):
        assert lead.post(f"{path}/refunds", data={**wrong, "key": str(uuid.uuid4())}).status_code == 422
    assert lead.post(f"{path}/refunds", data={"amount": "238", "key": str(uuid.uuid4())}).status_code == 303
    page = lead.get(path).text
    assert "Refunded" in page and "refunds/new" not in page
    assert lead.post(f"{path}/refunds", data={"amount": "0.01", "key": str(uuid.uuid4())}).status_code == 422
