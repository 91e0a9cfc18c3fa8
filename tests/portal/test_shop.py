"""Buying in the portal: products, the cart, ordering, receipts, asking about a purchase."""

import re
import threading
import uuid

import pytest

from crm.catalog.models import Payment, Product, ProductPrice, ShopSettings, Transaction
from crm.conversations.models import Conversation
from crm.db import db
from crm.events import Event
from tests import make
from tests.accounts.steps import mails
from tests.catalog import shop


@pytest.fixture
def mia(app):
    with make.inside():
        ShopSettings.here().save().portal_open = True
    return make.customer(email="mia@example.com")


@pytest.fixture
def browser(mia):
    return make.browser(mia)


def fill_cart(browser, product, quantity=1):
    return browser.post("/acme/help/cart", data={"product_id": str(product.id), "quantity": str(quantity)})


def order_in(browser):
    return re.search(r'action="([^"]+/order)"', browser.get("/acme/help/cart").text)[1]


def test_a_customer_buys_on_account_and_ordering_twice_is_one_order(browser, client):
    tent = shop.product("Ridge tent", price=11_900, stock=5)
    assert "Ridge tent" in browser.get("/acme/help/products?q=ridge").text
    assert "€119.00" in browser.get(f"/acme/help/products/{tent.id}").text
    assert fill_cart(browser, tent).status_code == fill_cart(browser, tent, 2).status_code == 303
    assert "€357.00" in browser.get("/acme/help/cart").text
    path = order_in(browser)
    there = [browser.post(path, data={"way": "account"}).location for _ in range(2)]
    assert there[0] == there[1] and shop.stock_of(tent) == 2 and len(mails("invoice")) == 1
    page = browser.get(there[0]).text
    assert "Thank you. We have your order." in page and page.count("Thank you") == 1
    assert "Placed" in page and "to be paid by" in page and "€357.00" in browser.get("/acme/help/purchases").text
    client.post(f"/acme/purchases/{there[0].rsplit('/', 1)[1]}/payment")
    assert "/help/receipts/1" in browser.get(there[0]).text
    assert "Mia Meier" in browser.get("/acme/help/receipts/1").text
    paper = browser.get("/acme/help/receipts/1/pdf")
    assert paper.data.startswith(b"%PDF-") and 'filename="receipt-1.pdf"' in paper.headers["Content-Disposition"]


@pytest.mark.committed
def test_one_cart_ordered_three_times_at_once_is_one_order(mia, browser):
    tent = shop.product("Ridge tent", price=11_900, stock=5)
    fill_cart(browser, tent, 2)
    path, ends = order_in(browser), []
    tabs = [make.browser(mia) for _ in range(3)]
    threads = [
        threading.Thread(target=lambda tab=tab: ends.append(tab.post(path, data={"way": "account"}))) for tab in tabs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert [end.status_code for end in ends] == [303] * 3 and len({end.location for end in ends}) == 1
    assert shop.stock_of(tent) == 3 and len(mails("invoice")) == 1
    with make.inside():
        assert db.session.scalar(db.select(db.func.count()).where(Payment.method == "account")) == 1
        assert db.session.scalar(db.select(db.func.count()).where(Event.name == "transaction.placed")) == 1


def test_the_cart_holds_what_is_sold_at_todays_price(browser):
    tent, stove = shop.product("Tent", price=11_900, stock=1), shop.product("Stove", price=5_000)
    fill_cart(browser, tent, 2), fill_cart(browser, stove)
    path = order_in(browser)
    answer = browser.post(path, data={})
    assert answer.status_code == 422 and "Only one of “Tent” is left." in answer.text
    with make.inside():
        ProductPrice.find(product_id=tent.id).amount = 12_900
    browser.post(re.search(r'action="(/acme/help/cart/[0-9a-f-]{36})"', answer.text)[1], data={"quantity": "1"})
    changed = browser.post(path, data={})
    assert changed.status_code == 422 and "Prices have changed" in changed.text and "€129.00" in changed.text
    with make.inside():
        Product.locked(id=stove.id).delete()
    assert "“Stove” is not on sale" in browser.post(path, data={}).text
    for wrong in ("-1", str(10**12), "x"):
        line = re.search(r'action="(/acme/help/cart/[0-9a-f-]{36})"', changed.text)[1]
        assert browser.post(line, data={"quantity": wrong}).status_code == 422
    assert shop.stock_of(tent) == 1


def test_the_cart_says_of_a_line_why_it_cannot_be_ordered_before_somebody_tries(browser):
    gone, scarce, there = (shop.product(name, stock=2) for name in ("Tent", "Stove", "Mat"))
    for one in (gone, scarce, there):
        fill_cart(browser, one, 2)
    assert 'data-tone="warn"' not in browser.get("/acme/help/cart").text
    with make.inside():
        Product.locked(id=gone.id).delete()
        Product.locked(id=scarce.id).stock = 1
    page = browser.get("/acme/help/cart").text
    assert page.count('data-tone="warn"') == 2
    assert "“Tent” is not on sale." in page and "Only one of “Stove” is left." in page


def test_the_button_beside_a_line_takes_it_out_of_the_cart(browser):
    fill_cart(browser, shop.product("Ridge tent"), 2)
    page = browser.get("/acme/help/cart").text
    button = re.search(r'<button [^>]*form="([^"]+)"[^>]*aria-label="Take Ridge tent out"', page)
    form = re.search(rf'<form id="{button[1]}".*?</form>', page, re.DOTALL)[0]
    fields = re.findall(r'name="([^"]+)" value="([^"]*)"', form)
    there = re.search(r'action="([^"]+)"', form)[1]
    assert browser.post(there, data=dict(fields)).status_code == 303, "each of its fields goes once"
    assert [name for name, _value in fields].count("quantity") == 1
    assert "Your cart is empty" in browser.get("/acme/help/cart").text


def test_a_purchase_is_bought_again_and_asked_about(browser, mia, client):
    tent = shop.product("Tent", price=11_900)
    made = shop.purchase(mia, (tent, 2), upto="paid")
    path = f"/acme/help/purchases/{made.number}"
    assert browser.post(f"{path}/again").status_code == 303
    assert "€238.00" in browser.get("/acme/help/cart").text
    asked = browser.post(f"{path}/question", data={"body": "Is it green?", "client_id": str(uuid.uuid4())},
                         headers={"Accept": "text/html"})  # fmt: skip
    assert asked.status_code == 303
    with make.inside():
        number = Conversation.first(customer_id=mia.id).number
    mine = browser.get(f"/acme/help/conversations/{number}").text
    assert f'You asked about <a href="{path}">Purchase #{made.number}</a>' in mine
    page = client.get(f"/acme/conversations/{number}").text
    for words in ("Asks about", f"Purchase #{made.number}", "2 × Tent", "Is it green?"):
        assert words in page


def test_a_conversation_names_no_purchase_of_somebody_else(browser, mia):
    theirs = shop.purchase(make.customer("Ben", email="ben@example.com"), upto="paid")
    draft = shop.purchase(mia, (shop.product("Stove"), 1))
    for number in (theirs.number, draft.number, 999_999_999):
        talk = make.conversation(customer=mia, body="Hello", page_url=f"https://shop.example/help/purchases/{number}")
        page = browser.get(f"/acme/help/conversations/{talk.number}")
        assert page.status_code == 200 and "You asked about" not in page.text


def test_others_purchases_do_not_exist(browser, mia):
    made = shop.purchase(make.customer("Ben", email="ben@example.com"), upto="paid")
    draft = shop.purchase(mia, (shop.product("Stove"), 1))
    for path in (f"purchases/{made.number}", "receipts/1", "receipts/1/pdf", f"purchases/{draft.number}"):
        assert browser.get(f"/acme/help/{path}").status_code == 404, path
    for verb in ("order", "again", "question"):
        assert browser.post(f"/acme/help/purchases/{made.number}/{verb}", data={"body": "x"}).status_code == 404, verb
    answer = browser.post(f"/acme/help/purchases/{draft.number}/order", data={"way": "account"})
    assert answer.status_code == 404, "a colleague is still putting it together"
    with make.inside():
        assert Transaction.find(id=draft.id).state == "draft"


def test_where_the_shop_is_shut_nothing_is_sold_but_purchases_are_shown(browser, mia):
    tent = shop.product("Tent")
    made = shop.purchase(mia, (tent, 1), upto="paid")
    with make.inside():
        ShopSettings.here().portal_open = False
    assert browser.get("/acme/help/products").status_code == fill_cart(browser, tent).status_code == 404
    assert browser.get(f"/acme/help/purchases/{made.number}").status_code == 200
