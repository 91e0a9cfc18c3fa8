"""Purchases from a file: of several lines, of a real sales organisation, and those that cannot be."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm.catalog.import_days import day
from crm.catalog.models import Product, Receipt, Transaction, TransactionLine
from crm.customers.models import Company
from crm.db import db
from crm.events import Event
from crm.web import Unfit
from tests import make
from tests.catalog import shop
from tests.importing.files import figures, ran, sent, suggested, tried, work

PIPELINE = Path(__file__).parent.parent / "data" / "sales_pipeline.csv"
NAMES = ("GTX Plus Basic", "GTX Pro", "MG Special", "GTX Basic", "GTK 500")
ACCOUNTS = ("Cancity", "Isdom", "Codehow", "Hatfan", "Ron-tech", "J-Texon", "Cheers", "Zumgoity", "Zoomit")
# The lines of A-1 do not stand together; B-1 has a wrong line; C-1 stands twice.
ORDERS = """Order ID,Customer,Product,Quantity,Unit price,Discount,VAT,Currency,Rate,Date,State,Order total
A-1,mia@acme.example,TENT,2,100.00,10 %,19,USD,0.5,2026-03-01,paid,230.00
B-1,mia@acme.example,TENT,1,5,,,EUR,,2026-03-01,paid,
A-1,mia@acme.example,Gtxpro,1,50.00,,19,USD,,1.3.2026,paid,230.00
B-1,mia@acme.example,Yurt,1,5,,,EUR,,2026-03-01,paid,
C-1,mia@acme.example,TENT,1,5,,,EUR,,2026-03-01,paid,
C-1,mia@acme.example,TENT,1,5,,,EUR,,2026-03-01,paid,
D-1,mia@acme.example,TENT,1,-5,,,EUR,,2026-03-01,paid,
D-2,mia@acme.example,TENT,1,99999999999999,,,EUR,,2026-03-01,paid,
D-3,mia@acme.example,TENT,1,5,,,XXQ,,2026-03-01,paid,
D-4,mia@acme.example,OLD,1,5,,,EUR,,2026-03-01,paid,
D-5,{foreign},TENT,1,5,,,EUR,,2026-03-01,paid,
D-6,mia@acme.example,TENT,1,5,,,CHF,,2026-03-01,paid,
D-7,mia@acme.example,TENT,1,5,,,EUR,,2026-03-01,paid,6.00
D-8,mia@acme.example,TENT,1,$5,,,EUR,,3/1/2026,paid,
D-9,mia@acme.example,TENT,100000,999999999999,,,JPY,999999999,2026-03-01,paid,
"""
WHY = ("Row 5: No product is called", "Row 3 is of the same one and was not taken", "stands in it twice", "is below nothing",
       "is no amount", "“XXQ” is no currency", "“OLD” was deleted", "no customer has the address", "one CHF was worth on that day",
       "It makes €5.00, and the file says €6.00", "the day before the month", "This is more than can be kept")  # fmt: skip


@pytest.fixture
def lead(app):
    return make.browser(make.employee("Lena", "lead"))


def bought() -> dict[str, Transaction]:
    with make.inside():
        return {one.external_id: one for one in db.session.scalars(select(Transaction)).all()}


def test_purchases_of_several_lines_come_in_whole_or_not_at_all_and_go_again(lead):
    mia, _tent, _pro = (
        make.customer(email="mia@acme.example"),
        shop.product("Tent"),
        shop.product("GTX Pro", sku="G-1"),
    )
    old = shop.product("Old")
    with make.inside():
        Product.find(id=old.id).delete()
    foreign = make.customer("Otto", slug="other")
    at = sent(lead, ORDERS.format(foreign=foreign.id), "orders.csv", "purchases")
    page = tried(lead, at)
    assert figures(page) == {"New": "1", "Changed": "0", "Further lines": "1", "Refused": "13"} and bought() == {}
    assert [sentence for sentence in WHY if sentence not in page] == []
    ran(lead, at)
    one = bought()["A-1"]
    assert (one.total, one.base_total, one.discount, one.tax, one.paid) == (23_000, 11_500, 2_000, 3_672, 23_000)
    assert (
        one.customer_id == mia.id and f'href="/acme/purchases/{one.number}"' in lead.get(f"{at}?outcome=created").text
    )
    page = lead.get(f"/acme/customers/{mia.id}").text
    assert f"Purchase #{one.number} came with a file: $230.00" in page
    assert "$180.00" in lead.get(f"/acme/purchases/{one.number}").text
    with make.inside():
        assert db.session.scalar(select(func.count()).select_from(Receipt)) == 0
        told = db.session.scalars(select(Event).where(Event.name.like("transaction.%"))).one()
        assert (told.name, told.customer_id, told.facts["amount"]) == ("transaction.imported", mia.id, 23_000)
    again = sent(lead, ORDERS.format(foreign=foreign.id), "orders.csv", "purchases")
    assert figures(tried(lead, again))["As they were"] == "1"
    changed = sent(lead, "Order ID,State,Note\nA-1,refunded,sent back\n", "more.csv", "purchases")
    tried(lead, changed)
    ran(lead, changed)
    assert (bought()["A-1"].refunded, bought()["A-1"].paid_at, bought()["A-1"].memo) == (23_000, None, "sent back")
    for there in (changed, at):
        lead.post(f"{there}/undo")
        work()
        assert figures(lead.get(there).text)["Taken back"] == "1"
        assert {one.state for one in bought().values()} == ({"paid"} if there == changed else set())
    with make.inside():
        assert db.session.scalar(select(func.count()).select_from(TransactionLine)) == 0


def test_the_won_ones_of_a_sales_organisation_become_purchases(lead):
    make.tenant(currency="USD")
    for name in NAMES:
        shop.product(name, sku=name)
    with make.inside():
        for name in ACCOUNTS:
            Company.add(name=name)
    at = sent(lead, PIPELINE.read_bytes(), "pipeline.csv", "purchases")
    page = lead.get(at).text
    assert "CRM Sales Opportunities" in page
    assert list(suggested(page).values())[:8] == [
        "external_id",
        "",
        "product",
        "company",
        "state",
        "",
        "day_mdy",
        "amount_USD",
    ]
    page = tried(lead, at)
    assert figures(page) == {"New": "10", "Changed": "0", "Left out": "5", "Refused": "0"}
    ran(lead, at)
    one = bought()["Z063OYW0"]
    assert (one.total, one.currency, one.happened_at.date().isoformat()) == (451_400, "USD", "2017-03-11")
    assert "Isdom" in lead.get(f"/acme/purchases/{one.number}").text
    with make.inside():
        line = db.session.scalars(select(TransactionLine).where(TransactionLine.transaction_id == one.id)).one()
        assert line.name == "GTX Pro" and Company.find(id=one.company_id).name == "Isdom"


def test_money_that_was_taken_here_is_changed_and_taken_back_by_no_file(lead):
    mia, tent = make.customer(email="mia@acme.example"), shop.product("Tent", stock=5)
    shop.purchase(mia, (tent, 1), upto="placed", external_id="HERE")
    at = sent(lead, "Order ID,State,Note\nHERE,paid,late\n", "states.csv", "purchases")
    assert "was entered, paid or refunded here" in tried(lead, at)
    at = sent(lead, "Order ID,Note\nHERE,ring twice\n", "notes.csv", "purchases")
    tried(lead, at)
    assert figures(ran(lead, at))["Changed"] == "1" and bought()["HERE"].memo == "ring twice"
    rows = "Order ID,Customer,Product,Unit price,Date,State\n"
    rows += "".join(f"{name},mia@acme.example,TENT,5,2026-03-01,open\n" for name in ("OPEN", "PAID"))
    at = sent(lead, rows, "orders.csv", "purchases")
    tried(lead, at)
    ran(lead, at)
    for name, step in (("OPEN", "cancellation"), ("PAID", "payment")):
        assert lead.post(f"/acme/purchases/{bought()[name].number}/{step}").status_code == 303
    assert shop.stock_of(tent) == 4
    lead.post(f"{at}/undo")
    work()
    assert figures(lead.get(at).text)["Not taken back"] == "2" and len(bought()) == 3


@pytest.mark.parametrize(("typed", "order", "meant"), [("2026-05-31", "", "2026-05-31T12"), ("31.5.26", "", "2026-05-31T12"),
    ("3/1/2017", "mdy", "2017-03-01T12"),
    ("3/1/2017, 2:03 PM", "mdy", "2017-03-01T14:03"), ("3/1/2017 9:30", "dmy", "2017-01-03T09"), ("31/1/2017", "", "2017-01-31T12"),
    ("2026-05-31T23:00-02:00", "", "2026-06-01T01"), ("3/1/2017", "", None), ("13/13/2017", "", None)])  # fmt: skip
def test_days_are_read_as_anybody_writes_them(app, typed, order, meant):
    with make.inside():
        if meant:
            assert day(order)(typed).isoformat().startswith(meant)
        else:
            with pytest.raises(Unfit):
                day(order)(typed)
