"""A purchase from draft to done, its sums, and what is taken from the stock."""

import threading
import uuid
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm.catalog.import_kinds import amount
from crm.catalog.models import Product, Rate, Transaction
from crm.catalog.models.line import lines_of
from crm.catalog.models.product import ProductPrice
from crm.catalog.models.rate import today
from crm.customers.models import Customer
from crm.db import db
from crm.events import Event, commit
from crm.web import Invalid, Refused
from tests import make
from tests.catalog import shop


def test_sums_are_rounded_once_for_each_line(app):
    """Tax is within the price: of 0.99 with 19 % it is 0.16 (0.158…), and three of them have 0.47, not 0.48."""
    pen = shop.product("Pen", price=99)
    made = shop.purchase(None, (pen, 3))
    with make.inside():
        found = Transaction.locked(id=made.id)
        [line] = lines_of(found.id)
        assert (found.total, found.tax) == (297, 47)
        found.change_line(line, discount_rate=1000)
        assert (line.discount, found.total, found.tax) == (30, 267, 43)
        found.change_line(line, discount_rate=None, discount=297)
        assert (found.total, found.tax) == (0, 0)
        with pytest.raises(Invalid, match="larger than the price"):
            found.change_line(line, discount=298)
        found.tax_included = False
        assert found.change_line(line, discount=0, quantity=1_000_000).total == 117_810_000


def test_a_purchase_goes_its_way_and_each_step_once(app):
    tent = shop.product(stock=5)
    made = shop.purchase(None, (tent, 2))
    with make.inside():
        found = Transaction.locked(id=made.id)
        for step in (found.place, found.place, found.pay, found.pay, found.fulfil, found.fulfil, found.place):
            step()
        assert (found.state, found.paid, found.base_total) == ("fulfilled", 23_800, 23_800)
        with pytest.raises(Refused):
            found.cancel()
        with pytest.raises(Refused):
            found.add_line(Product.find(id=tent.id))
        told = db.session.scalars(select(Event.name).where(Event.subject_id == made.id).order_by(Event.id)).all()
        assert told == ["transaction.placed", "transaction.paid", "transaction.fulfilled"]
    assert shop.stock_of(tent) == 3


def test_cancelling_gives_the_stock_back_once(app):
    tent = shop.product(stock=5)
    made = shop.purchase(None, (tent, 2), upto="placed")
    assert shop.stock_of(tent) == 3
    with make.inside():
        found = Transaction.locked(id=made.id)
        found.cancel()
        found.cancel()
        with pytest.raises(Refused):
            found.pay()
    assert shop.stock_of(tent) == 5


@pytest.mark.parametrize("quantity", [0, -1, 10**12, 1_000_001])
def test_no_purchase_has_such_a_number_of_pieces(app, quantity):
    with pytest.raises(Invalid):
        shop.purchase(None, (shop.product(), quantity))


def test_the_largest_sums_fit_and_larger_ones_are_refused(app):
    dear = shop.product("Ship", price=10**12)
    assert shop.purchase(None, (dear, 100_000), upto="paid").base_total == 10**17
    with pytest.raises(Invalid, match="more than can be kept"):
        shop.purchase(None, (dear, 1_000_000))


def test_what_is_not_sold_any_more_cannot_be_placed(app):
    tent, gone = shop.product(), shop.product("Stove")
    made = shop.purchase(None, (tent, 1), (gone, 1))
    with make.inside():
        Product.locked(id=gone.id).delete()
        commit()
        with pytest.raises(Invalid, match="“Stove” is not on sale"):
            Transaction.locked(id=made.id).place()
        with pytest.raises(Invalid, match="There is nothing in it yet"):
            Transaction.begin(Customer.find(id=made.customer_id), "EUR", uuid.uuid4()).place()


def test_another_currency_needs_its_rate_of_the_day(app):
    tent, who = shop.product(stock=1), make.customer()
    with make.inside():
        found = Transaction.begin(Customer.find(id=who.id), "JPY", uuid.uuid4())
        with pytest.raises(Invalid, match="has no price in JPY"):
            found.add_line(Product.find(id=tent.id))
        ProductPrice(product_id=tent.id, currency="JPY", amount=20_000).save()
        found.add_line(Product.find(id=tent.id))
        with pytest.raises(Invalid, match="Say how many EUR one JPY is worth today"):
            found.place()
        Rate.keep("JPY", today(), Decimal("0.0061"))
        found.place()
        assert (found.total, found.base_total, found.rate) == (20_000, 12_200, Decimal("0.0061"))


def test_one_key_begins_one_purchase(app):
    who, other, key = make.customer(), make.customer("Ben"), uuid.uuid4()
    with make.inside():
        one, two = (Transaction.begin(Customer.find(id=who.id), "EUR", key) for _ in range(2))
        assert one.id == two.id
        with pytest.raises(Refused):
            Transaction.begin(Customer.find(id=other.id), "EUR", key)


def test_three_digits_after_a_sign_are_thousands_but_where_money_has_three(app):
    read = {
        ("1,234", "EUR"): 123_400,
        ("1.234", "JPY"): 1_234,
        ("1.234", "KWD"): 1_234,
        ("1,234.500", "KWD"): 1_234_500,
    }
    with app.test_request_context():
        assert {(typed, currency): amount(currency)(typed) for typed, currency in read} == read


@pytest.mark.committed
def test_two_at_once_never_take_more_than_there_is(app):
    """Ten purchases of one tent each, four of them there; both products locked in one order, so nobody waits for ever."""
    tent, stove, who = shop.product(stock=4), shop.product("Stove", stock=100), make.customer()
    made = [shop.purchase(who, *pair) for pair in [((tent, 1), (stove, 1)), ((stove, 1), (tent, 1))] * 5]
    ends: list[str] = []

    def place(id):
        with make.inside():
            try:
                Transaction.locked(id=id).place()
                ends.append("placed")
            except Invalid as problem:
                ends.append(str(problem.errors["product"]))

    threads = [threading.Thread(target=place, args=[one.id]) for one in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(ends) == ["Only 0 of “Tent” are left."] * 6 + ["placed"] * 4
    assert (shop.stock_of(tent), shop.stock_of(stove)) == (0, 96)


@pytest.mark.committed
def test_one_key_at_once_begins_one_purchase(app):
    who, key, numbers = make.customer(), uuid.uuid4(), []

    def begin():
        with make.inside():
            numbers.append(Transaction.begin(Customer.find(id=who.id), "EUR", key).number)

    threads = [threading.Thread(target=begin) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(numbers) == 5 and len(set(numbers)) == 1
